package dev.meshseal.x509;

import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.RSAPrivateCrtKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.function.Function;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.x9.ECNamedCurveTable;
import org.bouncycastle.crypto.ec.CustomNamedCurves;
import org.bouncycastle.math.ec.FixedPointCombMultiplier;

/**
 * Does a private key belong to a public key? For EC the public key is computed anew from the
 * private one: natively by letting the library parse both as one key, which multiplies and compares
 * (a fifth of the time of signing and verifying), else by Bouncy Castle. For RSA, where keys are
 * slow anyway, the numbers are compared and a signature is made and verified.
 */
final class KeyPairCheck {
  // The generator of P-256 with scalar 1 is a pair; with scalar 2 it is not.
  private static final String P256_GENERATOR =
      "3059301306072a8648ce3d020106082a8648ce3d030107034200"
          + "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
          + "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5";

  private final CryptoProvider crypto;

  KeyPairCheck(CryptoProvider crypto) {
    this.crypto = crypto;
  }

  /** Whether a provider's key factory itself refuses a mismatched pair; asked, never assumed. */
  static boolean isRefusedByParsing(Function<String, KeyFactory> keyFactories) {
    var generator = HexFormat.of().parseHex(P256_GENERATOR);
    var keys = keyFactories.apply("EC");
    return parses(keys, EncodedKey.pkcs8(BigInteger.ONE, generator))
        && !parses(keys, EncodedKey.pkcs8(BigInteger.TWO, generator));
  }

  boolean isPair(PrivateKey key, PublicKey publicKey) {
    return switch (key) {
      case ECPrivateKey ec -> isEcPair(ec.getS(), publicKey.getEncoded());
      case RSAPrivateCrtKey rsa -> isRsaPair(rsa, publicKey);
      default -> false;
    };
  }

  /**
   * @param pkcs8 the private key
   * @param publicKey of the certificate
   */
  boolean isPair(byte[] pkcs8, PublicKey publicKey) {
    return switch (publicKey.getAlgorithm()) {
      case "EC" -> isEcPair(pkcs8, publicKey.getEncoded());
      case "RSA" -> isRsaPair(pkcs8, publicKey);
      default -> false;
    };
  }

  private boolean isEcPair(byte[] pkcs8, byte[] spki) {
    var key = DerReader.of(pkcs8).enter(DerWriter.SEQUENCE);
    key.content(DerWriter.INTEGER);
    var algorithm = key.element();
    if (!Arrays.equals(algorithm, DerReader.of(spki).enter(DerWriter.SEQUENCE).element())) {
      return false;
    }
    var ec = key.enter(DerWriter.OCTET_STRING).enter(DerWriter.SEQUENCE);
    ec.content(DerWriter.INTEGER);
    return isEcPair(new BigInteger(1, ec.content(DerWriter.OCTET_STRING)), spki);
  }

  private boolean isEcPair(BigInteger scalar, byte[] spki) {
    return crypto.refusesMismatchedEcKeys()
        ? parses(crypto.keyFactory("EC"), EncodedKey.pkcs8(scalar, spki))
        : MessageDigest.isEqual(publicPoint(scalar, spki), KeyIdentifier.publicKeyBits(spki));
  }

  private static boolean parses(KeyFactory keys, byte[] pkcs8) {
    try {
      keys.generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
      return true;
    } catch (GeneralSecurityException mismatched) {
      return false;
    }
  }

  private static byte[] publicPoint(BigInteger scalar, byte[] spki) {
    var algorithm = DerReader.of(spki).enter(DerWriter.SEQUENCE).enter(DerWriter.SEQUENCE);
    algorithm.element();
    var oid = ASN1ObjectIdentifier.getInstance(algorithm.element());
    var curve = CustomNamedCurves.getByOID(oid);
    var parameters = curve == null ? ECNamedCurveTable.getByOID(oid) : curve;
    if (parameters == null || scalar.signum() <= 0 || scalar.compareTo(parameters.getN()) >= 0) {
      return new byte[0];
    }
    return new FixedPointCombMultiplier()
        .multiply(parameters.getG(), scalar)
        .normalize()
        .getEncoded(false);
  }

  private boolean isRsaPair(byte[] pkcs8, PublicKey publicKey) {
    try {
      return crypto.keyFactory("RSA").generatePrivate(new PKCS8EncodedKeySpec(pkcs8))
              instanceof RSAPrivateCrtKey rsa
          && isRsaPair(rsa, publicKey);
    } catch (GeneralSecurityException unreadable) {
      return false;
    }
  }

  private boolean isRsaPair(RSAPrivateCrtKey key, PublicKey publicKey) {
    return publicKey instanceof RSAPublicKey rsa
        && rsa.getModulus().equals(key.getModulus())
        && rsa.getPublicExponent().equals(key.getPublicExponent())
        && verifiesItsSignature(key, publicKey);
  }

  // The private exponent may be another's even where modulus and public exponent agree.
  private boolean verifiesItsSignature(PrivateKey key, PublicKey publicKey) {
    var probe = new byte[32];
    try {
      Signature signature = crypto.signature(SignatureAlgorithm.SHA256_WITH_RSA);
      signature.initSign(key);
      signature.update(probe);
      var signed = signature.sign();
      signature.initVerify(publicKey);
      signature.update(probe);
      return signature.verify(signed);
    } catch (GeneralSecurityException unusable) {
      return false;
    }
  }
}
