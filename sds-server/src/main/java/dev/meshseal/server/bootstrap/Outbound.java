package dev.meshseal.server.bootstrap;

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
    if (address.port() == 0) {
      throw new IllegalArgumentException(
          "the port of service '%s' is 1 to 65535, got 0".formatted(service));
    }
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
