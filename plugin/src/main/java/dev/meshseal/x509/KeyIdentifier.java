package dev.meshseal.x509;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.X509Certificate;
import java.util.Arrays;

/**
 * The identifier of a public key: the first 160 bits of the SHA-256 of its bits (RFC 7093, 2,
 * method 1), so that nothing here needs SHA-1.
 */
final class KeyIdentifier {
  static final int LENGTH = 20;
  static final String SUBJECT_KEY_IDENTIFIER = "2.5.29.14";

  private KeyIdentifier() {}

  /**
   * @param spki a {@code SubjectPublicKeyInfo}
   */
  static byte[] of(byte[] spki) {
    var bits = publicKeyBits(spki);
    try {
      return Arrays.copyOf(MessageDigest.getInstance("SHA-256").digest(bits), LENGTH);
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("every JDK has SHA-256", impossible);
    }
  }

  /** What a certificate says of its own key; computed where it does not say (RFC 5280, 4.2.1.1). */
  static byte[] of(X509Certificate certificate) {
    var extension = certificate.getExtensionValue(SUBJECT_KEY_IDENTIFIER);
    if (extension == null) {
      return of(certificate.getPublicKey().getEncoded());
    }
    var value = DerReader.of(extension).enter(DerWriter.OCTET_STRING);
    return value.content(DerWriter.OCTET_STRING);
  }

  static byte[] publicKeyBits(byte[] spki) {
    var info = DerReader.of(spki).enter(DerWriter.SEQUENCE);
    info.enter(DerWriter.SEQUENCE);
    var bits = info.content(DerWriter.BIT_STRING);
    return Arrays.copyOfRange(bits, 1, bits.length);
  }
}
