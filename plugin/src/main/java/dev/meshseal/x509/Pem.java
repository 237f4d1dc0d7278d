package dev.meshseal.x509;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.Collection;

/** The textual encoding of certificates and keys (RFC 7468). */
public final class Pem {
  private static final Base64.Encoder LINES = Base64.getMimeEncoder(64, new byte[] {'\n'});

  private Pem() {}

  /** The certificates one after the other, each ending in a newline. */
  public static String certificates(Collection<X509Certificate> certificates) {
    var pem = new StringBuilder();
    for (var certificate : certificates) {
      pem.append(encode("CERTIFICATE", encoded(certificate)));
    }
    return pem.toString();
  }

  static String encode(String label, byte[] der) {
    return "-----BEGIN %s-----\n".formatted(label)
        + new String(LINES.encode(der), StandardCharsets.ISO_8859_1)
        + "\n-----END %s-----\n".formatted(label);
  }

  static X509Certificate certificate(byte[] der) throws CertificateException {
    return (X509Certificate)
        CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(der));
  }

  static byte[] encoded(X509Certificate certificate) {
    try {
      return certificate.getEncoded();
    } catch (CertificateEncodingException impossible) {
      throw new IllegalStateException("a parsed certificate has no encoding", impossible);
    }
  }
}
