package dev.meshseal.server.admin;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * One mesh.
 *
 * @param enabledBackend empty while mTLS is off
 * @param mode {@code STRICT} or {@code PERMISSIVE} of the enabled backend
 * @param appliedAt since when the Mesh that is in force is; empty if none ever was
 * @param problem why the newest Mesh is not in force, or why its backend could not be opened
 * @param bundle what every proxy of the mesh should trust now
 * @param earlierBundles bundles that proxies may still hold, newest first; a bounded number
 */
public record MeshView(
    String name,
    String trustDomain,
    Optional<String> enabledBackend,
    Optional<String> mode,
    Optional<Instant> appliedAt,
    Optional<ProblemView> problem,
    BundleView bundle,
    List<BundleView> earlierBundles) {
  public MeshView {
    earlierBundles = List.copyOf(earlierBundles);
  }
}
