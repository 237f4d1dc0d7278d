package dev.meshseal.server.admin;

import dev.meshseal.identity.DataplaneId;
import dev.meshseal.server.admin.DataplaneView.IdentityView;
import dev.meshseal.server.admin.DataplaneView.LeafView;
import dev.meshseal.server.admin.StreamView.SecretView;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Everything that is known of one proxy, at one moment.
 *
 * @param backend the enabled one of its mesh
 * @param refused connections that may have been this proxy's, newest first
 * @param callersClock what the person who asks believes the time to be
 */
record Facts(
    DataplaneId id,
    ServerView server,
    Optional<MeshView> mesh,
    Optional<BackendView> backend,
    Optional<DataplaneView> dataplane,
    List<RefusedView> refused,
    Optional<Instant> callersClock) {
  Facts {
    refused = List.copyOf(refused);
  }

  static Facts of(Inspection inspection, DataplaneId id, Optional<Instant> callersClock) {
    var mesh =
        inspection.meshes().stream().filter(view -> view.name().equals(id.mesh())).findFirst();
    return new Facts(
        id,
        inspection.server(),
        mesh,
        mesh.flatMap(MeshView::enabledBackend)
            .flatMap(
                name ->
                    inspection.backends().stream()
                        .filter(view -> view.mesh().equals(id.mesh()) && view.name().equals(name))
                        .findFirst()),
        inspection.dataplane(id),
        inspection.refused().stream()
            .filter(view -> view.nodeId().equals(Optional.of(id.nodeId())))
            .toList(),
        callersClock);
  }

  Instant now() {
    return server.now();
  }

  boolean isConnected() {
    return dataplane.map(view -> !view.streams().isEmpty()).orElse(false);
  }

  /** Of its certificates, the one that does worst. */
  Optional<IdentityView> identity() {
    return dataplane.flatMap(
        view ->
            view.identities().stream()
                .min(
                    Comparator.comparing(
                        (IdentityView identity) ->
                            Proxies.certificates(only(view, identity), now()).getFirst().state())));
  }

  private static DataplaneView only(DataplaneView view, IdentityView identity) {
    return new DataplaneView(
        view.mesh(), view.name(), view.spiffeId(), view.tags(), List.of(identity), view.streams());
  }

  /** Of the subscriptions to that certificate, the one that is furthest behind. */
  Optional<SecretView> subscription() {
    return dataplane.flatMap(
        view -> identity().flatMap(identity -> Proxies.laggard(view, identity, now())));
  }

  Optional<LeafView> issued() {
    return identity().flatMap(IdentityView::issued);
  }

  Optional<LeafView> held() {
    return identity().flatMap(identity -> Proxies.held(identity, subscription()));
  }
}
