package dev.meshseal.x509;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.List;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.pkcs.RSAPrivateKey;
import org.bouncycastle.asn1.sec.ECPrivateKey;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;

/** Private keys in the three forms that tools write them. No message holds any of a key. */
final class PrivateKeyReader {
  private PrivateKeyReader() {}

  static PrivateKey read(List<PemBlock> blocks) {
    // "openssl ecparam -genkey" writes the curve before the key, which names it again.
    var keys = blocks.stream().filter(block -> !block.label().equals("EC PARAMETERS")).toList();
    if (keys.isEmpty()) {
      throw new InvalidPemException(
          "has no PEM private key; it starts with -----BEGIN PRIVATE KEY");
    }
    if (keys.size() > 1) {
      throw new InvalidPemException(
          "has %d PEM blocks where one private key belongs".formatted(keys.size()));
    }
    return read(keys.getFirst());
  }

  private static PrivateKey read(PemBlock block) {
    if (block.isEncrypted()) {
      throw new InvalidPemException(
          "has an encrypted private key; decrypt it first, as with: openssl pkey -in KEY");
    }
    try {
      return toKey(info(block));
    } catch (IOException | RuntimeException | GeneralSecurityException invalid) {
      if (invalid instanceof InvalidPemException known) {
        throw known;
      }
      // Without the cause: a parser's message may quote what it read.
      throw new InvalidPemException(
          "has no valid private key in its '%s'".formatted(block.label()));
    }
  }

  private static PrivateKeyInfo info(PemBlock block) throws IOException {
    // Refuses octets behind the key.
    var content = ASN1Primitive.fromByteArray(block.der());
    return switch (block.label()) {
      case "PRIVATE KEY" -> PrivateKeyInfo.getInstance(content);
      case "RSA PRIVATE KEY" ->
          new PrivateKeyInfo(
              new AlgorithmIdentifier(PKCSObjectIdentifiers.rsaEncryption, DERNull.INSTANCE),
              RSAPrivateKey.getInstance(content));
      case "EC PRIVATE KEY" -> {
        var key = ECPrivateKey.getInstance(content);
        yield new PrivateKeyInfo(
            new AlgorithmIdentifier(X9ObjectIdentifiers.id_ecPublicKey, key.getParametersObject()),
            key);
      }
      default ->
          throw new InvalidPemException(
              "has a PEM block '%s' where a private key belongs".formatted(block.label()));
    };
  }

  private static PrivateKey toKey(PrivateKeyInfo info)
      throws IOException, GeneralSecurityException {
    var algorithm = info.getPrivateKeyAlgorithm().getAlgorithm();
    var spec = new PKCS8EncodedKeySpec(info.getEncoded());
    if (algorithm.equals(X9ObjectIdentifiers.id_ecPublicKey)) {
      return KeyFactory.getInstance("EC", "SunEC").generatePrivate(spec);
    }
    if (algorithm.equals(PKCSObjectIdentifiers.rsaEncryption)) {
      return KeyFactory.getInstance("RSA", "SunRsaSign").generatePrivate(spec);
    }
    throw new InvalidPemException(
        "has a private key of type %s; it must be EC or RSA".formatted(algorithm));
  }
}
