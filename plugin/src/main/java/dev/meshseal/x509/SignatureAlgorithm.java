package dev.meshseal.x509;

import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Set;

/** How an authority signs, which follows from its key (RFC 5758, 3.2; RFC 4055, 5). */
enum SignatureAlgorithm {
  SHA256_WITH_ECDSA("SHA256withECDSA", "EC", "300a06082a8648ce3d040302"),
  SHA384_WITH_ECDSA("SHA384withECDSA", "EC", "300a06082a8648ce3d040303"),
  SHA512_WITH_ECDSA("SHA512withECDSA", "EC", "300a06082a8648ce3d040304"),
  SHA256_WITH_RSA("SHA256withRSA", "RSA", "300d06092a864886f70d01010b0500"),
  SHA384_WITH_RSA("SHA384withRSA", "RSA", "300d06092a864886f70d01010c0500"),
  SHA512_WITH_RSA("SHA512withRSA", "RSA", "300d06092a864886f70d01010d0500");

  private static final Set<String> PSS =
      Set.of(
          pss("608648016503040201", 32),
          pss("608648016503040202", 48),
          pss("608648016503040203", 64));

  private static String pss(String hash, int saltLength) {
    return "3034a00f300d0609%1$s0500a11c301a06092a864886f70d010108300d0609%1$s0500a2030201%2$02x"
        .formatted(hash, saltLength);
  }

  private final String standardName;
  private final String keyAlgorithm;
  private final String identifier;

  SignatureAlgorithm(String standardName, String keyAlgorithm, String identifier) {
    this.standardName = standardName;
    this.keyAlgorithm = keyAlgorithm;
    this.identifier = identifier;
  }

  /** The hash is as strong as the curve, so that neither is the weaker part. */
  static SignatureAlgorithm of(PublicKey key) {
    if (key instanceof RSAPublicKey) {
      return SHA256_WITH_RSA;
    }
    if (key instanceof ECPublicKey ec) {
      return ofFieldSize(ec.getParams().getCurve().getField().getFieldSize());
    }
    throw new IllegalArgumentException(
        "an authority has an EC or an RSA key, got " + key.getAlgorithm());
  }

  private static SignatureAlgorithm ofFieldSize(int bits) {
    if (bits <= 256) {
      return SHA256_WITH_ECDSA;
    }
    return bits <= 384 ? SHA384_WITH_ECDSA : SHA512_WITH_ECDSA;
  }

  /** By its standard name; the hashes that are broken are not here. */
  static Optional<SignatureAlgorithm> named(String name) {
    return Arrays.stream(values())
        .filter(algorithm -> algorithm.standardName.equalsIgnoreCase(name))
        .findFirst();
  }

  /**
   * Whether peers accept how a certificate is signed: as one of these, or as RSASSA-PSS with one
   * hash throughout and a salt of its length, which is all that BoringSSL takes (RFC 4055, 3.1).
   */
  static boolean isAcceptedIn(X509Certificate certificate) {
    var parameters = certificate.getSigAlgParams();
    return named(certificate.getSigAlgName()).isPresent()
        || (parameters != null && PSS.contains(HexFormat.of().formatHex(parameters)));
  }

  String standardName() {
    return standardName;
  }

  String keyAlgorithm() {
    return keyAlgorithm;
  }

  /** The {@code AlgorithmIdentifier}, DER. */
  byte[] identifier() {
    return HexFormat.of().parseHex(identifier);
  }

  @Override
  public String toString() {
    return standardName;
  }
}
