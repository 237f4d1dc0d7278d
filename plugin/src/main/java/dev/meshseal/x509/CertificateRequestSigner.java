package dev.meshseal.x509;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Makes a fresh key and a request to certify it (PKCS#10, RFC 2986). The request asks for names and
 * for nothing else: authorities that compare usages with those asked elsewhere find none to differ.
 * Never blocks; may be called from any thread.
 */
public final class CertificateRequestSigner {
  private static final HexFormat HEX = HexFormat.of();
  private static final byte[] VERSION_1 = HEX.parseHex("020100");
  private static final byte[] EMPTY_NAME = HEX.parseHex("3000");
  private static final byte[] COMMON_NAME = HEX.parseHex("0603550403");
  private static final byte[] SUBJECT_ALT_NAME = HEX.parseHex("0603551d11");
  // With an empty subject the names are all there is (RFC 5280, 4.2.1.6).
  private static final byte[] CRITICAL_SUBJECT_ALT_NAME = HEX.parseHex("0603551d110101ff");
  private static final byte[] EXTENSION_REQUEST = HEX.parseHex("06092a864886f70d01090e");
  private static final int UTF8_STRING = 0x0c;
  private static final int SET = 0x31;
  private static final int ATTRIBUTES = 0xa0;

  private record Tools(KeyPairGenerator keys, Signature signature) {}

  private final KeyType leafKey;
  private final CryptoProvider crypto;
  private final SignatureAlgorithm algorithm;
  private final Queue<Tools> idle = new ConcurrentLinkedQueue<>();

  public CertificateRequestSigner(KeyType leafKey, CryptoProvider crypto) {
    this.leafKey = leafKey;
    this.crypto = crypto;
    this.algorithm =
        switch (leafKey) {
          case KeyType.Rsa rsa -> SignatureAlgorithm.SHA256_WITH_RSA;
          case KeyType.Ec ec ->
              switch (ec.curve()) {
                case P_256 -> SignatureAlgorithm.SHA256_WITH_ECDSA;
                case P_384 -> SignatureAlgorithm.SHA384_WITH_ECDSA;
              };
        };
  }

  /**
   * A fresh key, and a request for a certificate that holds these names.
   *
   * @throws IllegalArgumentException if a name has a character that no certificate may carry
   */
  public SigningRequest sign(LeafRequest request) {
    var subject = request.commonName().map(CertificateRequestSigner::name).orElse(EMPTY_NAME);
    var names = SubjectNames.of(request.identity().uris(), request.dnsNames());
    var attributes = attributes(names, request.commonName());
    var found = idle.poll();
    var tools = found == null ? newTools() : found;
    try {
      var signed = sign(tools, subject, attributes);
      // Tools that failed are not used again.
      idle.offer(tools);
      return signed;
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException(
          "%s cannot sign with a key of type %s".formatted(crypto, leafKey), impossible);
    }
  }

  private SigningRequest sign(Tools tools, byte[] subject, byte[] attributes)
      throws GeneralSecurityException {
    var pair = tools.keys.generateKeyPair();
    var key = EncodedKey.of(pair);
    var info =
        new DerWriter()
            .prepend(attributes)
            .prepend(key.spki())
            .prepend(subject)
            .prepend(VERSION_1)
            .close(DerWriter.SEQUENCE, 0)
            .toByteArray();
    tools.signature.initSign(pair.getPrivate());
    tools.signature.update(info);
    var request =
        new DerWriter()
            .prepend(tools.signature.sign())
            .prepend(0)
            .close(DerWriter.BIT_STRING, 0)
            .prepend(algorithm.identifier())
            .prepend(info)
            .close(DerWriter.SEQUENCE, 0)
            .toByteArray();
    return new SigningRequest(Pem.encode("CERTIFICATE REQUEST", request), key);
  }

  private static byte[] name(String commonName) {
    return new DerWriter()
        .element(UTF8_STRING, commonName.getBytes(StandardCharsets.UTF_8))
        .prepend(COMMON_NAME)
        .close(DerWriter.SEQUENCE, 0)
        .close(SET, 0)
        .close(DerWriter.SEQUENCE, 0)
        .toByteArray();
  }

  /** One attribute, the extension request (RFC 2985, 5.4.2), with one extension, the names. */
  private static byte[] attributes(byte[] names, Optional<String> commonName) {
    return new DerWriter()
        .element(DerWriter.OCTET_STRING, names)
        .prepend(commonName.isPresent() ? SUBJECT_ALT_NAME : CRITICAL_SUBJECT_ALT_NAME)
        .close(DerWriter.SEQUENCE, 0)
        .close(DerWriter.SEQUENCE, 0)
        .close(SET, 0)
        .prepend(EXTENSION_REQUEST)
        .close(DerWriter.SEQUENCE, 0)
        .close(ATTRIBUTES, 0)
        .toByteArray();
  }

  private Tools newTools() {
    return new Tools(crypto.keyPairGenerator(leafKey), crypto.signature(algorithm));
  }
}
