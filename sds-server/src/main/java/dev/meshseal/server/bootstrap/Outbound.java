package dev.meshseal.server.bootstrap;

import dev.meshseal.identity.SpiffeId;
import java.util.HashSet;
import java.util.List;

/**
 * A port on which the application reaches a service of the mesh, in plain text and on loopback; the
 * sidecar speaks TLS from there.
 *
 * @param port where the application connects
 * @param service whose identity the other side must prove
 * @param address where its sidecar listens
 */
public record Outbound(int port, String service, HostPort address) {
  public Outbound {
    if (port < 0 || port > 65_535) {
      throw new IllegalArgumentException("a port is 0 to 65535, got %d".formatted(port));
    }
    requireService(service);
    if (address.port() == 0) {
      throw new IllegalArgumentException(
          "the port of service '%s' is 1 to 65535, got 0".formatted(service));
    }
  }

  /** Two applications cannot connect to one port for different services. */
  static void requireEachPortOnce(List<Outbound> outbounds) {
    var ports = new HashSet<Integer>();
    for (var outbound : outbounds) {
      if (outbound.port() != 0 && !ports.add(outbound.port())) {
        throw new IllegalArgumentException(
            "port %d is given to two services; each needs its own".formatted(outbound.port()));
      }
    }
  }

  /** A service is one segment of a SPIFFE ID's path. */
  static void requireService(String service) {
    new SpiffeId("trust-domain", "/" + service);
    if (service.indexOf('/') >= 0) {
      throw new IllegalArgumentException("a service has no '/', got '%s'".formatted(service));
    }
  }

  /** Reads all, as {@link #parse} does each. */
  public static List<Outbound> parse(List<String> texts) {
    var outbounds = texts.stream().map(Outbound::parse).toList();
    requireEachPortOnce(outbounds);
    return outbounds;
  }

  /** Reads {@code PORT=SERVICE@HOST:PORT}. */
  public static Outbound parse(String text) {
    var equals = text.indexOf('=');
    var at = text.indexOf('@', equals + 1);
    if (equals < 1 || at < 0) {
      throw new IllegalArgumentException(
          "must be PORT=SERVICE@HOST:PORT, got '%s'".formatted(text));
    }
    return new Outbound(
        HostPort.port(text.substring(0, equals)),
        text.substring(equals + 1, at),
        HostPort.parse(text.substring(at + 1)));
  }
}
