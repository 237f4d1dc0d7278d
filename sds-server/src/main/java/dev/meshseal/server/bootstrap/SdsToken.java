package dev.meshseal.server.bootstrap;

import java.nio.file.Path;
import java.util.regex.Pattern;

/** What the sidecar shows the server, in the metadata {@code authorization}. */
public sealed interface SdsToken {
  /** Nothing: the socket itself is the credential. */
  record None() implements SdsToken {}

  /** The token itself, which is then in the bootstrap and stays the same while Envoy runs. */
  record Inline(String token) implements SdsToken {
    /** What an HTTP header may hold, and a token does (RFC 6750, 2.1). */
    private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9._~+/=-]+");

    public Inline {
      if (!TOKEN.matcher(token).matches()) {
        throw new IllegalArgumentException(
            "the token is not one line of letters, digits and . _ ~ + / = -");
      }
    }

    /** Leaves the token out. */
    @Override
    public String toString() {
      return "a token";
    }
  }

  /**
   * A file with the token alone, which Envoy reads anew for each stream.
   *
   * @param path as Envoy finds it, absolute
   */
  record File(Path path) implements SdsToken {
    public File {
      if (!path.isAbsolute()) {
        throw new IllegalArgumentException(
            "Envoy may run in another folder: the token's file must be absolute, got '%s'"
                .formatted(path));
      }
    }
  }
}
