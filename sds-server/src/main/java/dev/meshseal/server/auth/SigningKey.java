package dev.meshseal.server.auth;

import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.util.Optional;

/**
 * A key of our own that signs data plane tokens with ES256. Prints none of itself.
 *
 * @param number counts the keys of one data directory; the highest one signs
 */
public record SigningKey(int number, ECPublicKey publicKey, ECPrivateKey privateKey) {
  private static final String PREFIX = "ms-";

  /** A fresh key on P-256. */
  public static SigningKey create(int number) {
    try {
      var generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      var pair = generator.generateKeyPair();
      return new SigningKey(
          number, (ECPublicKey) pair.getPublic(), (ECPrivateKey) pair.getPrivate());
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException("every JDK has P-256", impossible);
    }
  }

  /** The {@code kid} under which tokens name this key. */
  public String kid() {
    return PREFIX + number;
  }

  /** What verifies the tokens of this key, in every mesh. */
  public VerificationKey verification() {
    return VerificationKey.of(kid(), Optional.empty(), publicKey);
  }

  @Override
  public String toString() {
    return "signing key '" + kid() + "'";
  }
}
