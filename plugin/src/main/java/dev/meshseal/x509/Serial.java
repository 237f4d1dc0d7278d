package dev.meshseal.x509;

import java.security.SecureRandom;

/**
 * Serial numbers of 126 random bits in sixteen octets: positive, never zero, and always of one
 * length (RFC 5280, 4.1.2.2, allows twenty octets).
 */
final class Serial {
  private Serial() {}

  static byte[] next(SecureRandom random) {
    var octets = new byte[16];
    random.nextBytes(octets);
    octets[0] = (byte) ((octets[0] & 0x3f) | 0x40);
    return octets;
  }
}
