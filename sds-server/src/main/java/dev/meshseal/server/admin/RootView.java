package dev.meshseal.server.admin;

import java.time.Instant;
import java.util.List;

/**
 * A root in a bundle.
 *
 * @param fingerprint SHA-256 of the certificate, lower-case hexadecimal
 * @param pem the certificate, public as it is
 * @param reasons why it is in the bundle, one sentence each
 */
public record RootView(
    String fingerprint,
    String subject,
    Instant notBefore,
    Instant notAfter,
    String pem,
    List<String> reasons) {
  public RootView {
    reasons = List.copyOf(reasons);
  }
}
