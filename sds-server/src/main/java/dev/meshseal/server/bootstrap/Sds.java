package dev.meshseal.server.bootstrap;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * How the sidecar gets its secrets.
 *
 * @param token what it shows, in the metadata {@code authorization}; absent where the socket itself
 *     is the credential
 */
public record Sds(
    SdsEndpoint server, Optional<String> token, Delivery delivery, SecretNames names) {
  /** What an HTTP header may hold, and a token does (RFC 6750, 2.1). */
  private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9._~+/=-]+");

  public Sds {
    token.ifPresent(
        text -> {
          if (!TOKEN.matcher(text).matches()) {
            throw new IllegalArgumentException(
                "the token is not one line of letters, digits and . _ ~ + / = -");
          }
        });
    if (token.isEmpty() && !(server instanceof SdsEndpoint.Unix)) {
      throw new IllegalArgumentException("a server that is not on a unix socket wants a token");
    }
  }

  /** Leaves the token out. */
  @Override
  public String toString() {
    return "%s over %s".formatted(names, delivery);
  }
}
