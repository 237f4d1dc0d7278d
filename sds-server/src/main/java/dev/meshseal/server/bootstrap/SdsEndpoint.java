package dev.meshseal.server.bootstrap;

/** Where a sidecar finds the server, and what makes sure that it is the server. */
public sealed interface SdsEndpoint {
  /**
   * The usual one.
   *
   * @param trustedCa PEM of the authorities that may have issued the server's certificate, which
   *     must be for the host of the address
   */
  record Tls(HostPort address, String trustedCa) implements SdsEndpoint {
    public Tls {
      requirePort(address);
      if (!trustedCa.contains("-----BEGIN CERTIFICATE-----")) {
        throw new IllegalArgumentException("the server's CA is no PEM certificate");
      }
      trustedCa = trustedCa.strip().replace("\r\n", "\n") + "\n";
    }
  }

  /** A token and a private key in the clear: only within one machine. */
  record Plaintext(HostPort address) implements SdsEndpoint {
    public Plaintext {
      requirePort(address);
      if (!address.isLoopback()) {
        throw new IllegalArgumentException(
            "'%s' is not on this machine, and without TLS the token and the private key would be"
                    .formatted(address)
                + " readable on the way");
      }
    }
  }

  /** A Unix socket; who may open it is the matter of its file mode. */
  record Unix(String path) implements SdsEndpoint {
    /** What {@code sun_path} holds on Linux, less its final zero (unix(7)). */
    private static final int MAX_PATH = 107;

    public Unix {
      if (path.isEmpty() || path.length() > MAX_PATH) {
        throw new IllegalArgumentException(
            "the path of a unix socket has 1 to %d characters, got %d"
                .formatted(MAX_PATH, path.length()));
      }
    }
  }

  /** A client needs a port to connect to. */
  static void requirePort(HostPort address) {
    if (address.port() == 0) {
      throw new IllegalArgumentException(
          "the server's port is 1 to 65535, got '%s'".formatted(address));
    }
  }
}
