package dev.meshseal.x509;

import java.time.Instant;

/** An authority ends before any useful leaf would; it can sign nothing more. */
public final class IssuerExpiredException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final Instant expiresAt;

  IssuerExpiredException(Instant expiresAt, Instant now) {
    super("its certificate ends at %s, and it is %s now".formatted(expiresAt, now));
    this.expiresAt = expiresAt;
  }

  /** When the first certificate of the authority's chain ends. */
  public Instant expiresAt() {
    return expiresAt;
  }
}
