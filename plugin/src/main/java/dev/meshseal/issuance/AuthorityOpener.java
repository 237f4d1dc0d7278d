package dev.meshseal.issuance;

import dev.meshseal.ca.BackendRef;
import dev.meshseal.ca.CertificateAuthority;
import dev.meshseal.mesh.Backend;

/** From what the operator wrote of one backend to its authority. */
public interface AuthorityOpener {
  /**
   * Opens the authority of a backend. Blocks.
   *
   * @throws dev.meshseal.ca.CaException if it cannot be opened
   * @throws dev.meshseal.mesh.InvalidMeshException if what the {@code conf} refers to is not right;
   *     paths start at the backend
   */
  CertificateAuthority open(BackendRef ref, Backend backend);
}
