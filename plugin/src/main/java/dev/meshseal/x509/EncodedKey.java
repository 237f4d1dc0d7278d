package dev.meshseal.x509;

import java.math.BigInteger;
import java.security.KeyPair;
import java.security.interfaces.ECPrivateKey;
import java.util.Arrays;

/**
 * A key pair in the encodings that leave this package. An EC key is written here, not by the
 * provider, so that every provider makes the same bytes: as OpenSSL does, with the public key
 * inside (RFC 5915, 3), which spares every reader a multiplication.
 */
final class EncodedKey {
  private static final byte[] VERSION_0 = {2, 1, 0};
  private static final byte[] VERSION_1 = {2, 1, 1};

  private final byte[] spki;
  private final byte[] pkcs8;

  private EncodedKey(byte[] spki, byte[] pkcs8) {
    this.spki = spki;
    this.pkcs8 = pkcs8;
  }

  static EncodedKey of(KeyPair pair) {
    var spki = pair.getPublic().getEncoded();
    return new EncodedKey(
        spki,
        pair.getPrivate() instanceof ECPrivateKey ec
            ? pkcs8(ec.getS(), spki)
            : pair.getPrivate().getEncoded());
  }

  /** The {@code SubjectPublicKeyInfo}. */
  byte[] spki() {
    return spki;
  }

  String privateKeyPem() {
    return Pem.encode("PRIVATE KEY", pkcs8);
  }

  /** PKCS#8 of an EC key: a scalar, beside a public key that may or may not belong to it. */
  static byte[] pkcs8(BigInteger scalar, byte[] spki) {
    var point = KeyIdentifier.publicKeyBits(spki);
    var algorithm = DerReader.of(spki).enter(DerWriter.SEQUENCE).element();
    return new DerWriter()
        .prepend(point)
        .prepend(0)
        .close(DerWriter.BIT_STRING, 0)
        .close(0xa1, 0)
        .element(DerWriter.OCTET_STRING, fixedLength(scalar, point.length / 2))
        .prepend(VERSION_1)
        .close(DerWriter.SEQUENCE, 0)
        .close(DerWriter.OCTET_STRING, 0)
        .prepend(algorithm)
        .prepend(VERSION_0)
        .close(DerWriter.SEQUENCE, 0)
        .toByteArray();
  }

  // A point is one octet and two coordinates, so half of it is as long as the scalar.
  private static byte[] fixedLength(BigInteger scalar, int length) {
    var octets = scalar.toByteArray();
    if (octets.length == length) {
      return octets;
    }
    if (octets.length > length) {
      return Arrays.copyOfRange(octets, octets.length - length, octets.length);
    }
    var padded = new byte[length];
    System.arraycopy(octets, 0, padded, length - octets.length, octets.length);
    return padded;
  }
}
