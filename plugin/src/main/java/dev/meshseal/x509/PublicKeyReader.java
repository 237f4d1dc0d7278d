package dev.meshseal.x509;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.interfaces.RSAPrivateCrtKey;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.RSAPublicKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.List;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;

/** Public keys in the forms that tools write them; the public half of an RSA private key, too. */
final class PublicKeyReader {
  private PublicKeyReader() {}

  static PublicKey read(List<PemBlock> blocks) {
    if (blocks.size() != 1) {
      throw new InvalidPemException(
          "has %d PEM blocks where one public key belongs; it starts with -----BEGIN PUBLIC KEY"
              .formatted(blocks.size()));
    }
    var block = blocks.getFirst();
    try {
      return switch (block.label()) {
        case "PUBLIC KEY" -> toKey(SubjectPublicKeyInfo.getInstance(content(block)));
        case "RSA PUBLIC KEY" ->
            toKey(
                new SubjectPublicKeyInfo(
                    new AlgorithmIdentifier(PKCSObjectIdentifiers.rsaEncryption, DERNull.INSTANCE),
                    content(block)));
        case "PRIVATE KEY", "RSA PRIVATE KEY" -> publicHalf(blocks);
        default ->
            throw new InvalidPemException(
                "has a PEM block '%s' where a public key belongs".formatted(block.label()));
      };
    } catch (IOException | RuntimeException | GeneralSecurityException invalid) {
      if (invalid instanceof InvalidPemException known) {
        throw known;
      }
      throw new InvalidPemException("has no valid public key in its '%s'".formatted(block.label()));
    }
  }

  private static ASN1Primitive content(PemBlock block) throws IOException {
    return ASN1Primitive.fromByteArray(block.der());
  }

  private static PublicKey toKey(SubjectPublicKeyInfo info)
      throws IOException, GeneralSecurityException {
    var algorithm =
        info.getAlgorithm().getAlgorithm().equals(PKCSObjectIdentifiers.rsaEncryption)
            ? "RSA"
            : "EC";
    return KeyFactory.getInstance(algorithm)
        .generatePublic(new X509EncodedKeySpec(info.getEncoded("DER")));
  }

  private static PublicKey publicHalf(List<PemBlock> blocks) throws GeneralSecurityException {
    if (PrivateKeyReader.read(blocks) instanceof RSAPrivateCrtKey rsa) {
      return KeyFactory.getInstance("RSA")
          .generatePublic(new RSAPublicKeySpec(rsa.getModulus(), rsa.getPublicExponent()));
    }
    throw new InvalidKeySpecException("only an RSA private key tells its public key");
  }
}
