package dev.meshseal.x509;

import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;

/**
 * An authority that signs here: its certificate first, then the certificates above it, up to the
 * root where that is known, and the private key of the first. Prints none of its key.
 */
public record IssuingCa(List<X509Certificate> chain, PrivateKey key) {
  public IssuingCa {
    chain = List.copyOf(chain);
    if (chain.isEmpty()) {
      throw new IllegalArgumentException("an authority needs a certificate");
    }
  }

  /** The certificate that signs. */
  public X509Certificate certificate() {
    return chain.getFirst();
  }

  @Override
  public String toString() {
    return "authority " + Fingerprint.of(certificate());
  }
}
