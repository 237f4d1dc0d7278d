package dev.meshseal.x509;

import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;

/**
 * A fresh private key, and the request to certify it that goes to an authority elsewhere (PKCS#10,
 * RFC 2986). The key stays here. Prints none of it.
 */
public final class SigningRequest {
  private final String csrPem;
  private final EncodedKey key;

  SigningRequest(String csrPem, EncodedKey key) {
    this.csrPem = csrPem;
    this.key = key;
  }

  /** What the authority gets. */
  public String csrPem() {
    return csrPem;
  }

  /** Whether a certificate is for this key. */
  public boolean isFor(X509Certificate certificate) {
    return Arrays.equals(certificate.getPublicKey().getEncoded(), key.spki());
  }

  /**
   * The certificate that the authority made of this, with its key.
   *
   * @param chain the leaf first, then each intermediate; no root
   * @param issuer the certificate of the authority that signed the leaf
   */
  public IdentityCertificate certified(List<X509Certificate> chain, X509Certificate issuer) {
    var leaf = chain.getFirst();
    return new IdentityCertificate(
        Pem.certificates(chain),
        key.privateKeyPem(),
        leaf.getSerialNumber().toString(16),
        leaf.getNotBefore().toInstant(),
        leaf.getNotAfter().toInstant(),
        Fingerprint.of(issuer));
  }

  @Override
  public String toString() {
    return "certificate signing request";
  }
}
