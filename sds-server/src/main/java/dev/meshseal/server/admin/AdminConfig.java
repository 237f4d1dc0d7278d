package dev.meshseal.server.admin;

import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;

/**
 * Where the admin endpoints are, and who may use them.
 *
 * @param names host names by which operators call this server now, besides those of loopback, in
 *     lower case; {@code *.} stands for one label, as in a certificate (RFC 6125 section 6.4.3)
 * @param tls required off loopback; its key manager may follow a file
 * @param token the admin token as it is now; empty if there is none, and then nothing may be
 *     changed
 */
public record AdminConfig(
    InetSocketAddress listen,
    Supplier<Set<String>> names,
    Optional<SSLContext> tls,
    Supplier<Optional<String>> token) {
  public AdminConfig {
    if (listen.isUnresolved()) {
      throw new IllegalArgumentException(
          "admin address '%s' cannot be resolved".formatted(listen.getHostString()));
    }
    if (!listen.getAddress().isLoopbackAddress() && tls.isEmpty()) {
      throw new IllegalArgumentException(
          "admin address '%s' is not loopback, so it needs TLS; give it a certificate or listen on 127.0.0.1"
              .formatted(listen.getHostString()));
    }
  }

  boolean isNamed(String host) {
    var known = names.get();
    var dot = host.indexOf('.');
    return known.contains(host) || (dot > 0 && known.contains("*" + host.substring(dot)));
  }

  boolean isLoopback() {
    return listen.getAddress().isLoopbackAddress();
  }
}
