package dev.meshseal.server.admin;

import dev.meshseal.server.admin.BackendView.AuthorityView;
import dev.meshseal.server.admin.BackendView.Role;
import dev.meshseal.server.admin.StreamView.DeliveredView;
import dev.meshseal.server.admin.StreamView.Kind;
import dev.meshseal.server.admin.StreamView.SecretView;
import java.util.Comparator;
import java.util.Optional;

/** Does the proxy trust what its mesh trusts? */
final class BundleStep {
  private static final String NAME = "bundle";

  private BundleStep() {}

  static Step look(Facts facts) {
    if (facts.mesh().isEmpty() || facts.dataplane().isEmpty()) {
      return Step.tick(NAME, "nothing to trust");
    }
    var mesh = facts.mesh().orElseThrow();
    if (mesh.bundle().roots().isEmpty()) {
      return Step.cross(NAME, noRoots(mesh));
    }
    if (isMissing(facts.backend(), mesh)) {
      return Step.cross(NAME, rootMissing(facts));
    }
    var laggard =
        Proxies.secrets(facts.dataplane().orElseThrow(), Kind.TRUST)
            .min(Comparator.comparing(secret -> Proxies.delivery(secret, facts.now())));
    return laggard
        .map(secret -> held(facts, mesh, secret))
        .orElseGet(() -> Step.warning(NAME, asksForNone(facts)));
  }

  private static Step held(Facts facts, MeshView mesh, SecretView secret) {
    var nack = Proxies.standingNack(secret);
    if (nack.isPresent()) {
      return Step.cross(
          NAME,
          Fault.MS802.found(
              "Envoy refused '%s' of '%s' %s: %s"
                  .formatted(
                      secret.name(),
                      facts.id(),
                      Spans.from(facts.now(), nack.get().at()),
                      nack.get().reason()),
              "look at the roots with 'meshseal ca export --mesh %s'; Envoy keeps those it had"
                  .formatted(mesh.name())));
    }
    if (Proxies.delivery(secret, facts.now()) == ProxyState.STUCK || isOld(mesh, secret)) {
      return Step.cross(NAME, notAcked(facts, secret));
    }
    return Step.tick(NAME, says(mesh, secret));
  }

  /** Trust under a name of the mesh's own has the mesh's own version. */
  private static boolean isOld(MeshView mesh, SecretView secret) {
    return mesh.earlierBundles().stream()
        .anyMatch(
            old ->
                !old.version().equals(mesh.bundle().version())
                    && secret.acked().map(DeliveredView::version).equals(Optional.of(old.version()))
                    && secret
                        .sent()
                        .map(DeliveredView::version)
                        .equals(Optional.of(old.version())));
  }

  private static String says(MeshView mesh, SecretView secret) {
    return "%s '%s': %d root%s, %s"
        .formatted(
            secret.acked().isPresent() ? "Envoy acknowledged" : "Envoy has a moment left for",
            secret.name(),
            mesh.bundle().roots().size(),
            mesh.bundle().roots().size() == 1 ? "" : "s",
            mesh.bundle().roots().stream()
                .map(
                    root ->
                        BackendStep.shortened(root.fingerprint())
                            + (root.reasons().isEmpty()
                                ? ""
                                : " (" + String.join(", ", root.reasons()) + ")"))
                .toList());
  }

  private static boolean isMissing(Optional<BackendView> backend, MeshView mesh) {
    var roots =
        backend.stream()
            .flatMap(view -> view.authorities().stream())
            .filter(authority -> authority.role() == Role.ROOT)
            .map(AuthorityView::fingerprint)
            .toList();
    return !roots.isEmpty()
        && mesh.bundle().roots().stream().map(RootView::fingerprint).noneMatch(roots::contains);
  }

  private static Finding noRoots(MeshView mesh) {
    return Fault.MS804.found(
        "mesh '%s' has no roots, so nothing can be verified".formatted(mesh.name()),
        "look at its backend with 'meshseal get backends'");
  }

  private static Finding rootMissing(Facts facts) {
    return Fault.MS805.found(
        "the bundle of mesh '%s' holds no root of %s"
            .formatted(facts.id().mesh(), BackendStep.of(facts, facts.backend().orElseThrow())),
        "report it: trust must go out before identity");
  }

  private static Finding asksForNone(Facts facts) {
    return Fault.MS801.found(
        "'%s' asks for no roots, so it verifies nobody".formatted(facts.id()),
        "add validation_context_sds_secret_config to its TLS contexts");
  }

  private static Finding notAcked(Facts facts, SecretView secret) {
    return Fault.MS803.found(
        "the newest roots went out as '%s' %s and '%s' has not acknowledged them"
            .formatted(
                secret.name(),
                secret.sent().map(sent -> Spans.from(facts.now(), sent.at())).orElse("not yet"),
                facts.id()),
        "look at Envoy's statistic sds.%s.update_rejected; restart the proxy if it stays behind"
            .formatted(secret.name()));
  }
}
