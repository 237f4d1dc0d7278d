package dev.meshseal.issuance;

import dev.meshseal.ca.CaException;
import dev.meshseal.identity.DataplaneIdentity;
import dev.meshseal.x509.CertificateCheck;
import dev.meshseal.x509.CertificateCheckException;
import dev.meshseal.x509.IdentityCertificate;
import dev.meshseal.x509.TrustBundle;
import java.time.InstantSource;

/** Issue, then check what came back: the only producer of a certificate that is published. */
final class Issuer {
  private final CertificateCheck check;
  private final InstantSource clock;

  Issuer(CertificateCheck check, InstantSource clock) {
    this.check = check;
    this.clock = clock;
  }

  /**
   * A certificate that is for this identity and that everyone who holds {@code trust} accepts.
   *
   * @throws CaException if the authority does not issue, or issues something else
   */
  IdentityCertificate issue(OpenedBackend opened, DataplaneIdentity identity, TrustBundle trust) {
    var lifetime = opened.backend().leafLifetime();
    var certificate = opened.authority().issue(identity, lifetime);
    try {
      check.requireLeafFor(identity, certificate, trust, lifetime, clock.instant());
    } catch (CertificateCheckException refused) {
      throw CaException.rejected(
          "%s issued for data plane '%s' what must not be served: %s"
              .formatted(opened.id(), identity.id(), refused.getMessage()),
          refused);
    }
    return certificate;
  }
}
