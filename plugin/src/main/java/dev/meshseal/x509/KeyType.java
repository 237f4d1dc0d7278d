package dev.meshseal.x509;

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
