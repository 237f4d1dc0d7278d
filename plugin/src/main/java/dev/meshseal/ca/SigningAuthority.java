package dev.meshseal.ca;

import dev.meshseal.identity.DataplaneIdentity;
import dev.meshseal.x509.CertificateSigner;
import dev.meshseal.x509.CryptoProvider;
import dev.meshseal.x509.IdentityCertificate;
import dev.meshseal.x509.IssuerExpiredException;
import dev.meshseal.x509.IssuingCa;
import dev.meshseal.x509.KeyType;
import dev.meshseal.x509.TrustBundle;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;

/** An authority whose key is in this process. Never blocks; thread-safe. */
public final class SigningAuthority implements CertificateAuthority {
  private final BackendRef backend;
  private final IssuingCa ca;
  private final TrustBundle trustBundle;
  private final CertificateSigner signer;
  private final InstantSource clock;

  public SigningAuthority(
      BackendRef backend,
      IssuingCa ca,
      KeyType leafKey,
      CryptoProvider crypto,
      InstantSource clock) {
    this.backend = backend;
    this.ca = ca;
    this.trustBundle = ca.trustBundle();
    this.signer = new CertificateSigner(ca, leafKey, crypto);
    this.clock = clock;
  }

  @Override
  public TrustBundle trustBundle() {
    return trustBundle;
  }

  @Override
  public List<X509Certificate> intermediates() {
    return ca.chain().stream().filter(one -> !trustBundle.roots().contains(one)).toList();
  }

  /** When the first certificate of the chain ends. */
  public Instant expiresAt() {
    return ca.expiresAt();
  }

  @Override
  public IdentityCertificate issue(DataplaneIdentity identity, Duration lifetime) {
    try {
      return signer.sign(identity, lifetime, clock.instant());
    } catch (IssuerExpiredException ended) {
      throw CaException.rejected(
          "%s did not issue for data plane '%s': %s; renew the CA, or enable another backend"
              .formatted(backend, identity.id(), ended.getMessage()),
          ended);
    } catch (IllegalArgumentException oddName) {
      throw CaException.rejected(
          "%s did not issue for data plane '%s': %s; change its tags"
              .formatted(backend, identity.id(), oddName.getMessage()),
          oddName);
    }
  }

  @Override
  public String toString() {
    return "authority of " + backend;
  }
}
