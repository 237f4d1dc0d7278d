package dev.meshseal.server.bootstrap;

import java.util.Optional;

/** How the sidecar gets its secrets. */
public record Sds(SdsEndpoint server, SdsToken token, Delivery delivery, SecretNames names) {
  public Sds {
    if (token instanceof SdsToken.None && !(server instanceof SdsEndpoint.Unix)) {
      throw new IllegalArgumentException("a server that is not on a unix socket wants a token");
    }
    // gRPC's own client gives credentials only to a server that it has verified.
    if (token instanceof SdsToken.File && !(server instanceof SdsEndpoint.Tls)) {
      throw new IllegalArgumentException("a token is read from its file only over TLS");
    }
  }

  /** With a token in the bootstrap, or none. */
  public Sds(SdsEndpoint server, Optional<String> token, Delivery delivery, SecretNames names) {
    this(
        server,
        token.<SdsToken>map(SdsToken.Inline::new).orElseGet(SdsToken.None::new),
        delivery,
        names);
  }
}
