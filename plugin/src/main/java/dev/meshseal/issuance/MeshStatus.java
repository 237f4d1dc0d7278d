package dev.meshseal.issuance;

import dev.meshseal.mesh.Mesh;
import dev.meshseal.x509.TrustBundle;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What is in force for one mesh.
 *
 * @param mesh empty while no Mesh of that name has been put in force
 * @param appliedAt since when the mesh that is in force is
 * @param earlier bundles that proxies may still hold, newest first
 * @param refusal why the newest Mesh is not in force, where it is not
 */
public record MeshStatus(
    String name,
    Optional<Mesh> mesh,
    Optional<Instant> appliedAt,
    List<OpenedBackend> backends,
    List<TrustedRoot> roots,
    Versioned<TrustBundle> trust,
    List<Versioned<TrustBundle>> earlier,
    Optional<Refusal> refusal) {

  public record Refusal(String message, Instant since, Optional<Instant> nextTry) {}
}
