package dev.meshseal.x509;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** From when until when a certificate is good, in whole seconds, both included. */
record Validity(Instant notBefore, Instant notAfter) {
  // Signer and verifier need not agree on the time; a certificate from the future is refused
  // (RFC 5280, 4.1.2.5).
  static final Duration BACK_DATE = Duration.ofSeconds(10);

  Validity {
    notBefore = notBefore.truncatedTo(ChronoUnit.SECONDS);
    notAfter = notAfter.truncatedTo(ChronoUnit.SECONDS);
  }

  static Validity from(Instant now, Duration lifetime) {
    return new Validity(now.minus(BACK_DATE), now.plus(lifetime));
  }

  /** The same, ending no later than an authority does. */
  Validity notAfter(Instant limit) {
    return new Validity(notBefore, limit.isBefore(notAfter) ? limit : notAfter);
  }
}
