package dev.meshseal.x509;

import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.util.Optional;

/** The kinds of key that Meshseal makes. */
public sealed interface KeyType {
  KeyType EC_P256 = new Ec(Curve.P_256);
  KeyType RSA_2048 = new Rsa(2048);

  /** An elliptic curve of NIST, under the name that JDK and Bouncy Castle know. */
  enum Curve {
    P_256("secp256r1", "P-256"),
    P_384("secp384r1", "P-384");

    private final String standardName;
    private final String label;

    Curve(String standardName, String label) {
      this.standardName = standardName;
      this.label = label;
    }

    public String standardName() {
      return standardName;
    }

    @Override
    public String toString() {
      return label;
    }
  }

  /** The kind of a key, where it is one that Meshseal makes. */
  static Optional<KeyType> of(PublicKey key) {
    if (key instanceof RSAPublicKey rsa) {
      int bits = rsa.getModulus().bitLength();
      return bits < 2048 || bits > 8192 ? Optional.empty() : Optional.of(new Rsa(bits));
    }
    if (key instanceof ECPublicKey ec) {
      return switch (ec.getParams().getCurve().getField().getFieldSize()) {
        case 256 -> Optional.of(EC_P256);
        case 384 -> Optional.of(new Ec(Curve.P_384));
        default -> Optional.empty();
      };
    }
    return Optional.empty();
  }

  record Ec(Curve curve) implements KeyType {
    @Override
    public String toString() {
      return "EC " + curve;
    }
  }

  /**
   * @param bits 2048 to 8192
   */
  record Rsa(int bits) implements KeyType {
    public Rsa {
      if (bits < 2048 || bits > 8192) {
        throw new IllegalArgumentException("an RSA key has 2048 to 8192 bits, got " + bits);
      }
    }

    @Override
    public String toString() {
      return "RSA " + bits;
    }
  }
}
