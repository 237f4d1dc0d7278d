package dev.meshseal.issuance;

import dev.meshseal.ca.BackendRef;
import dev.meshseal.ca.CertificateAuthority;
import dev.meshseal.mesh.Backend;
import dev.meshseal.mesh.Mesh;
import dev.meshseal.x509.TrustBundle;
import java.util.Optional;

/**
 * A backend whose authority is there.
 *
 * @param content a hash of what its {@code conf} refers to
 * @param roots what its authority said last
 * @param lane where its work runs: cores for what signs here, virtual threads for what waits
 */
public record OpenedBackend(
    BackendRef id,
    Backend backend,
    String content,
    CertificateAuthority authority,
    TrustBundle roots,
    Lane lane) {

  /** How messages name a backend of a mesh, open or not. */
  public static BackendRef refOf(Mesh mesh, Backend backend) {
    return new BackendRef(mesh.name(), mesh.identities().trustDomain(), backend.name());
  }

  /** What its operator should know before it no longer issues. */
  public Optional<String> warning() {
    return authority.warning(backend.leafLifetime());
  }

  /** The same, with what its authority says of its roots now. */
  OpenedBackend withRoots(TrustBundle now) {
    return new OpenedBackend(id, backend, content, authority, now, lane);
  }

  /** Why a certificate issued under {@code before} is not good enough under this, if it is not. */
  Optional<IssueCause> differsFrom(OpenedBackend before) {
    if (!id.equals(before.id)
        || !backend.type().equals(before.backend.type())
        || !backend.leafLifetime().equals(before.backend.leafLifetime())
        || !backend.conf().leafKey().equals(before.backend.conf().leafKey())) {
      return Optional.of(IssueCause.BACKEND_CHANGED);
    }
    if (!content.equals(before.content)) {
      return Optional.of(IssueCause.CONTENT_CHANGED);
    }
    return roots.equals(before.roots) ? Optional.empty() : Optional.of(IssueCause.CA_CHANGED);
  }
}
