package dev.meshseal.x509;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.List;

/**
 * The textual encoding of certificates and keys (RFC 7468). Reading allows text before and between
 * the blocks, as many tools write it, and nothing after the last; limits come before parsing.
 */
public final class Pem {
  static final int MAX_BYTES = 256 * 1024;
  static final int MAX_CERTIFICATES = 16;

  private static final Base64.Encoder LINES = Base64.getMimeEncoder(64, new byte[] {'\n'});
  private static final String CERTIFICATE = "CERTIFICATE";

  private Pem() {}

  /** The certificates one after the other, each ending in a newline. */
  public static String certificates(Collection<X509Certificate> certificates) {
    var pem = new StringBuilder();
    for (var certificate : certificates) {
      pem.append(certificate(certificate));
    }
    return pem.toString();
  }

  /** One certificate, ending in a newline. */
  public static String certificate(X509Certificate certificate) {
    return encode(CERTIFICATE, encoded(certificate));
  }

  /** A private key as PKCS#8, ending in a newline. */
  public static String privateKey(PrivateKey key) {
    return encode("PRIVATE KEY", key.getEncoded());
  }

  /**
   * One or more certificates, in their order.
   *
   * @throws InvalidPemException if there is none, or anything else
   */
  public static List<X509Certificate> readCertificates(byte[] pem) {
    var certificates = new ArrayList<X509Certificate>();
    for (var block : PemBlock.read(pem)) {
      certificates.add(readCertificate(block, certificates.size()));
    }
    if (certificates.isEmpty()) {
      throw new InvalidPemException(
          "has no PEM certificate; it starts with -----BEGIN CERTIFICATE");
    }
    return certificates;
  }

  /**
   * One private key of type EC or RSA, in PKCS#8, PKCS#1 or SEC1.
   *
   * @throws InvalidPemException if there is none, or it is encrypted, or there is anything else
   */
  public static PrivateKey readPrivateKey(byte[] pem) {
    return PrivateKeyReader.read(PemBlock.read(pem));
  }

  /** A public key as {@code SubjectPublicKeyInfo}, ending in a newline. */
  public static String publicKey(PublicKey key) {
    return encode("PUBLIC KEY", key.getEncoded());
  }

  /**
   * One public key of type EC or RSA, or the public half of an RSA private key.
   *
   * @throws InvalidPemException if there is none, or anything else
   */
  public static PublicKey readPublicKey(byte[] pem) {
    return PublicKeyReader.read(PemBlock.read(pem));
  }

  private static X509Certificate readCertificate(PemBlock block, int index) {
    if (!block.label().equals(CERTIFICATE)) {
      throw new InvalidPemException(
          "has a PEM block '%s' where only certificates belong".formatted(block.label()));
    }
    if (index == MAX_CERTIFICATES) {
      throw new InvalidPemException("has more than %d certificates".formatted(MAX_CERTIFICATES));
    }
    try {
      return certificate(block.der());
    } catch (CertificateException invalid) {
      throw new InvalidPemException(
          "has as its certificate number %d no valid X.509 certificate: %s"
              .formatted(index + 1, reason(invalid)),
          invalid);
    }
  }

  // The JDK puts the names of its own exceptions before what it has to say.
  private static String reason(CertificateException invalid) {
    return SubjectNames.printable(String.valueOf(invalid.getMessage()))
        .replaceAll("(?:[a-z]+\\.)+[A-Za-z]+Exception: ", "");
  }

  static String encode(String label, byte[] der) {
    return "-----BEGIN "
        + label
        + "-----\n"
        + new String(LINES.encode(der), StandardCharsets.ISO_8859_1)
        + "\n-----END "
        + label
        + "-----\n";
  }

  /** One certificate and not an octet more. */
  static X509Certificate certificate(byte[] der) throws CertificateException {
    var in = new ByteArrayInputStream(der);
    var certificate =
        (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
    if (in.available() > 0) {
      throw new CertificateException("%d octets follow the certificate".formatted(in.available()));
    }
    return certificate;
  }

  static byte[] encoded(X509Certificate certificate) {
    try {
      return certificate.getEncoded();
    } catch (CertificateEncodingException impossible) {
      throw new IllegalStateException("a parsed certificate has no encoding", impossible);
    }
  }
}
