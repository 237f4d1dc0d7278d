package dev.meshseal.server.admin;

import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;

/**
 * Where the admin endpoints are, and who may use them.
 *
 * @param names host names by which operators call this server, besides those of loopback
 * @param tls required off loopback; its key manager may follow a file
 * @param token the admin token as it is now; empty if there is none, and then nothing may be
 *     changed
 */
public record AdminConfig(
    InetSocketAddress listen,
    Set<String> names,
    Optional<SSLContext> tls,
    Supplier<Optional<String>> token) {
  public AdminConfig {
    names = Set.copyOf(names);
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

  boolean isLoopback() {
    return listen.getAddress().isLoopbackAddress();
  }
}
