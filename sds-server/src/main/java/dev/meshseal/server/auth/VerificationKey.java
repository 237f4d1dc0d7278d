package dev.meshseal.server.auth;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.crypto.RSASSAVerifier;
import com.nimbusds.jose.jwk.Curve;
import dev.meshseal.x509.CryptoProvider;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.util.Optional;

/**
 * One public key, and what it may sign: RS256 by an RSA key, ES256 by one on P-256, nothing else.
 * The algorithm is the key's, never the token's to choose (RFC 8725, 3.1). Thread-safe.
 */
public final class VerificationKey {
  private static final int RSA_MINIMUM = 2048;
  private static final int RSA_MAXIMUM = 8192;

  private final String kid;
  private final Optional<String> mesh;
  private final JWSAlgorithm algorithm;
  private final JWSVerifier verifier;

  private VerificationKey(
      String kid, Optional<String> mesh, JWSAlgorithm algorithm, JWSVerifier verifier) {
    this.kid = kid;
    this.mesh = mesh;
    this.algorithm = algorithm;
    this.verifier = verifier;
  }

  /**
   * A key, ready to verify.
   *
   * @param mesh the only mesh whose tokens it verifies; empty for all
   * @throws IllegalArgumentException if the key is neither RSA of 2048 to 8192 bits nor EC P-256
   */
  public static VerificationKey of(String kid, Optional<String> mesh, PublicKey key) {
    if (key instanceof RSAPublicKey rsa && fits(rsa)) {
      return new VerificationKey(kid, mesh, JWSAlgorithm.RS256, rs256(rsa));
    }
    if (key instanceof ECPublicKey ec
        && Curve.P_256.equals(Curve.forECParameterSpec(ec.getParams()))) {
      return new VerificationKey(kid, mesh, JWSAlgorithm.ES256, es256(ec));
    }
    throw new IllegalArgumentException(
        "token key '%s' must be RSA of %d to %d bits or EC P-256, is %s"
            .formatted(kid, RSA_MINIMUM, RSA_MAXIMUM, describe(key)));
  }

  public String kid() {
    return kid;
  }

  JWSAlgorithm algorithm() {
    return algorithm;
  }

  boolean verifies(String kid, Optional<String> mesh) {
    return this.kid.equals(kid) && (this.mesh.isEmpty() || this.mesh.equals(mesh));
  }

  boolean signed(JWSObject token) {
    try {
      return token.verify(verifier);
    } catch (JOSEException refused) {
      return false;
    }
  }

  @Override
  public String toString() {
    return "token key '%s' (%s)".formatted(kid, algorithm);
  }

  private static boolean fits(RSAPublicKey key) {
    var bits = key.getModulus().bitLength();
    return bits >= RSA_MINIMUM && bits <= RSA_MAXIMUM;
  }

  private static String describe(PublicKey key) {
    return key instanceof RSAPublicKey rsa
        ? "RSA of " + rsa.getModulus().bitLength() + " bits"
        : key instanceof ECPublicKey ? "EC on another curve" : key.getAlgorithm();
  }

  private static JWSVerifier rs256(RSAPublicKey key) {
    var verifier = new RSASSAVerifier((RSAPublicKey) own(key));
    verifier.getJCAContext().setProvider(CryptoProvider.best().provider("RSA"));
    return verifier;
  }

  private static JWSVerifier es256(ECPublicKey key) {
    try {
      var verifier = new ECDSAVerifier((ECPublicKey) own(key));
      verifier.getJCAContext().setProvider(CryptoProvider.best().provider("EC"));
      return verifier;
    } catch (JOSEException notOnTheCurve) {
      throw new IllegalArgumentException(
          "the point of a token key is not on its curve", notOnTheCurve);
    }
  }

  // A key of the provider's own kind is not translated again for each signature.
  private static PublicKey own(PublicKey key) {
    var algorithm = key.getAlgorithm();
    try {
      return KeyFactory.getInstance(algorithm, CryptoProvider.best().provider(algorithm))
          .generatePublic(new X509EncodedKeySpec(key.getEncoded()));
    } catch (GeneralSecurityException invalid) {
      throw new IllegalArgumentException(
          "a token key is not a valid %s key".formatted(algorithm), invalid);
    }
  }
}
