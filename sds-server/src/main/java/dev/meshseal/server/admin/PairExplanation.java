package dev.meshseal.server.admin;

import dev.meshseal.identity.DataplaneId;
import dev.meshseal.server.admin.BackendView.AuthorityView;
import dev.meshseal.server.admin.BackendView.Role;
import dev.meshseal.server.admin.DataplaneView.LeafView;
import dev.meshseal.server.admin.StreamView.DeliveredView;
import dev.meshseal.server.admin.StreamView.Kind;
import dev.meshseal.server.admin.StreamView.SecretView;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Whether two proxies can talk mutual TLS, and by which root: for each direction, whether the one
 * trusts the root above the certificate that the other holds.
 *
 * @param good whether both directions work
 * @param finding what is wrong with the first direction that does not
 */
public record PairExplanation(
    String one, String other, boolean good, List<Step> steps, Optional<Finding> finding) {
  public PairExplanation {
    steps = List.copyOf(steps);
  }

  public static PairExplanation of(Inspection inspection, DataplaneId one, DataplaneId other) {
    var facts = Facts.of(inspection, one, Optional.empty());
    var otherFacts = Facts.of(inspection, other, Optional.empty());
    var steps =
        List.of(verifies(inspection, facts, otherFacts), verifies(inspection, otherFacts, facts));
    var failed = steps.stream().filter(Step::isCross).findFirst();
    return new PairExplanation(
        one.toString(), other.toString(), failed.isEmpty(), steps, failed.flatMap(Step::finding));
  }

  private static Step verifies(Inspection inspection, Facts verifier, Facts holder) {
    var name = "%s verifies %s".formatted(verifier.id(), holder.id());
    var leaf = holder.held();
    if (leaf.isEmpty()) {
      return Step.cross(
          name,
          Fault.MS951.found(
              "'%s' holds no certificate that is known here".formatted(holder.id()),
              "run 'meshseal explain %s'".formatted(holder.id())));
    }
    var roots = rootsAbove(inspection, holder, leaf.get());
    var trusted = trusted(inspection, verifier);
    return roots.stream()
        .filter(trusted::contains)
        .findFirst()
        .map(root -> Step.tick(name, by(holder, leaf.get(), root)))
        .orElseGet(() -> Step.cross(name, untrusted(verifier, holder, leaf.get(), roots, trusted)));
  }

  private static String by(Facts holder, LeafView leaf, String root) {
    return "by root %s, which is above %s; it must expect %s"
        .formatted(
            BackendStep.shortened(root),
            leaf.serial(),
            holder.identity().map(identity -> identity.uris().getFirst()).orElse("its name"));
  }

  private static Finding untrusted(
      Facts verifier, Facts holder, LeafView leaf, List<String> roots, Set<String> trusted) {
    return Fault.MS952.found(
        "the certificate %s of '%s' is under %s, but '%s' has acknowledged only %s"
            .formatted(
                leaf.serial(),
                holder.id(),
                shortened(roots),
                verifier.id(),
                shortened(trusted.stream().sorted().toList())),
        verifier.id().mesh().equals(holder.id().mesh())
            ? "run 'meshseal explain %s' to see why it lacks the newest roots"
                .formatted(verifier.id())
            : "the two are in different meshes; let '%s' ask for the roots of both, as in mesh_ca:secret:all"
                .formatted(verifier.id()));
  }

  private static List<String> shortened(List<String> fingerprints) {
    return fingerprints.stream().map(BackendStep::shortened).toList();
  }

  /** A backend may have another root than when it issued; a root that signs leaves says itself. */
  private static List<String> rootsAbove(Inspection inspection, Facts holder, LeafView leaf) {
    boolean isUnderARoot =
        inspection.meshes().stream()
            .filter(mesh -> mesh.name().equals(holder.id().mesh()))
            .flatMap(
                mesh -> Stream.concat(Stream.of(mesh.bundle()), mesh.earlierBundles().stream()))
            .flatMap(bundle -> bundle.roots().stream())
            .anyMatch(root -> root.fingerprint().equals(leaf.issuer()));
    if (isUnderARoot) {
      return List.of(leaf.issuer());
    }
    return inspection.backends().stream()
        .filter(
            backend ->
                backend.mesh().equals(holder.id().mesh()) && backend.name().equals(leaf.backend()))
        .flatMap(backend -> backend.authorities().stream())
        .filter(authority -> authority.role() == Role.ROOT)
        .map(AuthorityView::fingerprint)
        .toList();
  }

  private static Set<String> trusted(Inspection inspection, Facts verifier) {
    var meshes = inspection.meshes();
    return verifier.dataplane().stream()
        .flatMap(view -> Proxies.secrets(view, Kind.TRUST))
        .flatMap(secret -> acknowledged(secret, meshes))
        .flatMap(bundle -> bundle.roots().stream())
        .map(RootView::fingerprint)
        .collect(Collectors.toSet());
  }

  /** The bundles of an ACKed version; under a name for all meshes, those of all. */
  private static Stream<BundleView> acknowledged(SecretView secret, List<MeshView> meshes) {
    if (secret.acked().isEmpty()) {
      return Stream.empty();
    }
    if (!Trust.isOfMesh(secret.name())) {
      return meshes.stream().map(MeshView::bundle);
    }
    var version = secret.acked().map(DeliveredView::version).orElseThrow();
    return meshes.stream()
        .flatMap(mesh -> Stream.concat(Stream.of(mesh.bundle()), mesh.earlierBundles().stream()))
        .filter(bundle -> bundle.version().equals(version));
  }
}
