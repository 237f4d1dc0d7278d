package dev.meshseal.x509;

import java.time.Instant;

/**
 * A leaf certificate with its intermediates and its private key, in the form in which Envoy gets
 * them. Held by the ten thousand, so it keeps text and the few facts that are asked of it, not
 * parsed objects. Prints none of its key.
 */
public final class IdentityCertificate {
  private final String chainPem;
  private final String privateKeyPem;
  private final String serial;
  private final Instant notBefore;
  private final Instant expiresAt;
  private final String issuer;

  /**
   * @param chainPem the leaf first, then each intermediate; no root
   * @param privateKeyPem PKCS#8
   * @param serial the leaf's serial number, lower-case hexadecimal
   * @param issuer the fingerprint of the certificate of the authority that signed the leaf
   */
  public IdentityCertificate(
      String chainPem,
      String privateKeyPem,
      String serial,
      Instant notBefore,
      Instant expiresAt,
      String issuer) {
    this.chainPem = chainPem;
    this.privateKeyPem = privateKeyPem;
    this.serial = serial;
    this.notBefore = notBefore;
    this.expiresAt = expiresAt;
    this.issuer = issuer;
  }

  public String chainPem() {
    return chainPem;
  }

  public String privateKeyPem() {
    return privateKeyPem;
  }

  public String serial() {
    return serial;
  }

  public Instant notBefore() {
    return notBefore;
  }

  public Instant expiresAt() {
    return expiresAt;
  }

  public String issuer() {
    return issuer;
  }

  /** Leaves the private key out, so that a log line cannot leak it. */
  @Override
  public String toString() {
    return "certificate %s, expires %s".formatted(serial, expiresAt);
  }
}
