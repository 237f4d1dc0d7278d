package dev.meshseal.issuance;

import dev.meshseal.ca.CaException;
import dev.meshseal.identity.DataplaneIdentity;
import dev.meshseal.x509.CertificateCheck;
import dev.meshseal.x509.CertificateCheckException;
import dev.meshseal.x509.IdentityCertificate;
import java.time.InstantSource;
import java.util.function.BooleanSupplier;

/** Issue, then check what came back: the only producer of a certificate that is published. */
final class Issuer {
  private final CertificateCheck check;
  private final InstantSource clock;

  Issuer(CertificateCheck check, InstantSource clock) {
    this.check = check;
    this.clock = clock;
  }

  /** A certificate, and the backend as it was when it was checked. */
  record Issued(OpenedBackend backend, IdentityCertificate certificate) {}

  /**
   * A certificate that is for this identity and that everyone who holds the mesh's trust accepts.
   * Where the authority has another root than before, the mesh trusts that first.
   *
   * @throws CaException if the authority does not issue, or issues something else
   */
  Issued issue(
      OpenedBackend opened, DataplaneIdentity identity, MeshSecrets mesh, BooleanSupplier wanted) {
    var lifetime = opened.backend().leafLifetime();
    var authority = opened.authority();
    var certificate = authority.issue(identity, lifetime, wanted);
    var current = mesh.current(opened);
    try {
      check.requireLeafFor(
          authority.request(identity, lifetime),
          certificate,
          mesh.trust().value(),
          clock.instant());
    } catch (CertificateCheckException refused) {
      throw CaException.rejected(
          "%s issued for data plane '%s' what must not be served: %s"
              .formatted(opened.id(), identity.id(), refused.getMessage()),
          refused);
    }
    return new Issued(current, certificate);
  }
}
