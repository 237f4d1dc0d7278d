package dev.meshseal.x509;

import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.HexFormat;

/**
 * The part of a leaf certificate that its issuer signs. What all leaves of one issuer share is
 * encoded once; the rest is put between. Immutable and thread-safe.
 *
 * <p>The subject is empty, so the names are critical (RFC 5280, 4.2.1.6), and a peer finds the
 * identity in one place only (X509-SVID, 2). A test holds these bytes to those of Bouncy Castle.
 */
final class LeafTemplate {
  /** What a leaf's key may be used for. */
  enum Purpose {
    /** A proxy answers some peers and calls others. */
    PROXY(
        "301d0603551d250416301406082b0601050507030106082b06010505070302"), // serverAuth, clientAuth
    /** Our own listener. */
    SERVER("30130603551d25040c300a06082b06010505070301"); // serverAuth

    private final String extendedKeyUsage;

    Purpose(String extendedKeyUsage) {
      this.extendedKeyUsage = extendedKeyUsage;
    }
  }

  private static final HexFormat HEX = HexFormat.of();
  private static final byte[] VERSION_3 = HEX.parseHex("a003020102");
  private static final byte[] EMPTY_NAME = HEX.parseHex("3000");
  private static final byte[] DIGITAL_SIGNATURE = HEX.parseHex("300e0603551d0f0101ff040403020780");
  // An RSA key may also carry the secret of an old key exchange (RFC 5280, 4.2.1.3).
  private static final byte[] SIGNATURE_AND_ENCIPHERMENT =
      HEX.parseHex("300e0603551d0f0101ff0404030205a0");
  private static final byte[] NOT_A_CA = HEX.parseHex("300c0603551d130101ff04023000");
  private static final byte[] AUTHORITY_KEY_IDENTIFIER = HEX.parseHex("0603551d23");
  private static final byte[] SUBJECT_KEY_IDENTIFIER = HEX.parseHex("0603551d0e");
  private static final byte[] CRITICAL_SUBJECT_ALT_NAME = HEX.parseHex("0603551d110101ff");

  private final byte[] algorithmAndIssuer;
  private final byte[] fixedExtensions;

  LeafTemplate(X509Certificate issuer, KeyType leafKey, Purpose purpose) {
    this.algorithmAndIssuer =
        new DerWriter()
            .prepend(issuer.getSubjectX500Principal().getEncoded())
            .prepend(SignatureAlgorithm.of(issuer.getPublicKey()).identifier())
            .toByteArray();
    this.fixedExtensions =
        new DerWriter()
            .element(0x80, KeyIdentifier.of(issuer))
            .close(DerWriter.SEQUENCE, 0)
            .close(DerWriter.OCTET_STRING, 0)
            .prepend(AUTHORITY_KEY_IDENTIFIER)
            .close(DerWriter.SEQUENCE, 0)
            .prepend(NOT_A_CA)
            .prepend(HEX.parseHex(purpose.extendedKeyUsage))
            .prepend(keyUsage(leafKey))
            .toByteArray();
  }

  private static byte[] keyUsage(KeyType leafKey) {
    return leafKey instanceof KeyType.Rsa ? SIGNATURE_AND_ENCIPHERMENT : DIGITAL_SIGNATURE;
  }

  /**
   * The {@code TBSCertificate}.
   *
   * @param serial a positive number of as few octets as it needs
   * @param spki the leaf's {@code SubjectPublicKeyInfo}
   * @param names the value of the {@code subjectAltName} extension
   */
  byte[] toBeSigned(byte[] serial, Validity validity, byte[] spki, byte[] names) {
    var tbs = new DerWriter();
    extension(tbs, names, CRITICAL_SUBJECT_ALT_NAME);
    extension(
        tbs,
        new DerWriter().element(DerWriter.OCTET_STRING, KeyIdentifier.of(spki)).toByteArray(),
        SUBJECT_KEY_IDENTIFIER);
    tbs.prepend(fixedExtensions).close(DerWriter.SEQUENCE, 0).close(0xa3, 0);
    tbs.prepend(spki).prepend(EMPTY_NAME);
    int mark = tbs.mark();
    time(tbs, validity.notAfter());
    time(tbs, validity.notBefore());
    tbs.close(DerWriter.SEQUENCE, mark);
    return tbs.prepend(algorithmAndIssuer)
        .element(DerWriter.INTEGER, serial)
        .prepend(VERSION_3)
        .close(DerWriter.SEQUENCE, 0)
        .toByteArray();
  }

  private static void extension(DerWriter tbs, byte[] value, byte[] oidAndCritical) {
    int mark = tbs.mark();
    tbs.element(DerWriter.OCTET_STRING, value)
        .prepend(oidAndCritical)
        .close(DerWriter.SEQUENCE, mark);
  }

  // Two digits for the year through 2049, four from 2050 on (RFC 5280, 4.1.2.5).
  private static void time(DerWriter tbs, Instant instant) {
    var time = LocalDateTime.ofEpochSecond(instant.getEpochSecond(), 0, ZoneOffset.UTC);
    int mark = tbs.mark();
    tbs.prepend('Z');
    digits(tbs, time.getSecond());
    digits(tbs, time.getMinute());
    digits(tbs, time.getHour());
    digits(tbs, time.getDayOfMonth());
    digits(tbs, time.getMonthValue());
    digits(tbs, time.getYear() % 100);
    if (time.getYear() < 2050) {
      tbs.close(DerWriter.UTC_TIME, mark);
    } else {
      digits(tbs, time.getYear() / 100);
      tbs.close(DerWriter.GENERALIZED_TIME, mark);
    }
  }

  private static void digits(DerWriter tbs, int number) {
    tbs.prepend('0' + number % 10).prepend('0' + number / 10);
  }
}
