package dev.meshseal.server.bootstrap;

import dev.meshseal.mesh.Backend;

/** Where the sidecar takes in the mesh's traffic, and the application it hands it to. */
public record Inbound(HostPort listen, int appPort, Backend.Mode mode) {
  public Inbound {
    if (!listen.isIp()) {
      throw new IllegalArgumentException(
          "a sidecar listens on an IP address, got '%s'".formatted(listen.host()));
    }
    if (appPort < 1 || appPort > 65_535) {
      throw new IllegalArgumentException(
          "the application's port is 1 to 65535, got %d".formatted(appPort));
    }
  }

  /** Reads {@code [ADDRESS:]PORT:APP_PORT}; without an address, all of the machine's. */
  public static Inbound parse(String text, Backend.Mode mode) {
    var colon = text.lastIndexOf(':');
    if (colon < 1) {
      throw new IllegalArgumentException(
          "must be PORT:APP_PORT or ADDRESS:PORT:APP_PORT, got '%s'".formatted(text));
    }
    var listen = text.substring(0, colon);
    return new Inbound(
        HostPort.parse(listen.indexOf(':') < 0 ? "0.0.0.0:" + listen : listen),
        HostPort.port(text.substring(colon + 1)),
        mode);
  }
}
