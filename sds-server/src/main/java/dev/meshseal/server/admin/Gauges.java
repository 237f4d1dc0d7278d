package dev.meshseal.server.admin;

import dev.meshseal.server.admin.StreamView.DeliveredView;
import dev.meshseal.server.admin.StreamView.Kind;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Pure: what can be read off the server's state, as numbers. */
final class Gauges {
  /** All samples of one name. */
  record Family(String name, String help, List<Sample> samples) {}

  record Sample(Map<String, String> labels, double value) {}

  private record Fleet(String mesh, List<DataplaneView> dataplanes) {}

  private final Inspection inspection;
  private final Instant now;
  private final List<Fleet> fleets;

  private Gauges(Inspection inspection) {
    this.inspection = inspection;
    this.now = inspection.server().now();
    var byMesh = new TreeMap<String, List<DataplaneView>>();
    inspection.meshes().forEach(mesh -> byMesh.put(mesh.name(), new ArrayList<>()));
    inspection
        .dataplanes()
        .forEach(
            dataplane ->
                byMesh.computeIfAbsent(dataplane.mesh(), mesh -> new ArrayList<>()).add(dataplane));
    this.fleets =
        byMesh.entrySet().stream()
            .map(entry -> new Fleet(entry.getKey(), entry.getValue()))
            .toList();
  }

  static List<Family> of(Inspection inspection) {
    var gauges = new Gauges(inspection);
    return List.of(
        new Family("meshseal.proxies", "Proxies by how they do", gauges.proxies()),
        new Family(
            "meshseal.leaf.remaining.ratio.min",
            "Least part of its life that is left of any ACKed leaf",
            gauges.leaves(leaf -> leaf.remaining().stream().boxed().findFirst())),
        new Family(
            "meshseal.leaf.expiry.timestamp.seconds.min",
            "When the first ACKed leaf ends",
            gauges.leaves(
                leaf ->
                    leaf.remaining().isPresent()
                        ? leaf.expiresAt().map(Gauges::seconds)
                        : Optional.empty())),
        new Family(
            "meshseal.issue.last.success.timestamp.seconds",
            "When a backend last issued",
            gauges.backends(backend -> backend.lastSuccess().map(Gauges::seconds))),
        new Family(
            "meshseal.backend.breaker.open",
            "1 while a backend is left alone because many proxies failed",
            gauges.backends(backend -> Optional.of(backend.breaker().isPresent() ? 1.0 : 0.0))),
        new Family(
            "meshseal.backend.queue",
            "Requests that wait for their turn",
            gauges.backends(backend -> Optional.of((double) backend.queue()))),
        new Family(
            "meshseal.requests.pending",
            "Requests that an authority works on",
            gauges.backends(backend -> Optional.of((double) backend.pending()))),
        new Family(
            "meshseal.backend.failing.proxies",
            "Proxies that failed last time",
            gauges.backends(backend -> Optional.of((double) backend.failingProxies()))),
        new Family(
            "meshseal.ca.expiry.timestamp.seconds",
            "When the first certificate of an authority ends",
            gauges.authorities()),
        new Family(
            "meshseal.credential.expiry.timestamp.seconds",
            "When the server's own certificate, keys and credentials end",
            gauges.credentials()),
        new Family(
            "meshseal.bundle.groups", "Distinct ACKed bundles of a mesh", gauges.bundleGroups()),
        new Family(
            "meshseal.config.stale",
            "1 while the newest Mesh is not in force",
            gauges.meshes(mesh -> mesh.problem().isPresent() ? 1 : 0)));
  }

  private List<Sample> proxies() {
    return fleets.stream()
        .flatMap(
            fleet -> {
              var counts =
                  fleet.dataplanes().stream()
                      .collect(
                          Collectors.groupingBy(
                              dataplane -> Proxies.state(dataplane, now), Collectors.counting()));
              return Arrays.stream(ProxyState.values())
                  .map(
                      state ->
                          new Sample(
                              Map.of("mesh", fleet.mesh(), "state", state.word()),
                              counts.getOrDefault(state, 0L)));
            })
        .toList();
  }

  private List<Sample> leaves(Function<CertificateView, Optional<Double>> value) {
    return fleets.stream()
        .flatMap(
            fleet ->
                fleet.dataplanes().stream()
                    .flatMap(dataplane -> Proxies.certificates(dataplane, now).stream())
                    .filter(leaf -> leaf.connected() && leaf.backend().isPresent())
                    .collect(Collectors.groupingBy(leaf -> leaf.backend().orElseThrow()))
                    .entrySet()
                    .stream()
                    .flatMap(
                        entry ->
                            entry.getValue().stream()
                                .flatMap(leaf -> value.apply(leaf).stream())
                                .min(Double::compare)
                                .map(
                                    least ->
                                        new Sample(
                                            Map.of("mesh", fleet.mesh(), "backend", entry.getKey()),
                                            least))
                                .stream()))
        .toList();
  }

  private List<Sample> backends(Function<BackendView, Optional<Double>> value) {
    return inspection.backends().stream()
        .flatMap(
            backend ->
                value
                    .apply(backend)
                    .map(
                        number ->
                            new Sample(
                                Map.of("mesh", backend.mesh(), "backend", backend.name()), number))
                    .stream())
        .toList();
  }

  private List<Sample> authorities() {
    return inspection.backends().stream()
        .flatMap(
            backend ->
                Arrays.stream(BackendView.Role.values())
                    .flatMap(role -> firstEnd(backend, role).stream()))
        .toList();
  }

  private static Optional<Sample> firstEnd(BackendView backend, BackendView.Role role) {
    return backend.authorities().stream()
        .filter(authority -> authority.role() == role)
        .map(BackendView.AuthorityView::notAfter)
        .min(Instant::compareTo)
        .map(
            end ->
                new Sample(
                    Map.of(
                        "mesh", backend.mesh(),
                        "backend", backend.name(),
                        "role", role.name().toLowerCase(java.util.Locale.ROOT)),
                    seconds(end)));
  }

  private List<Sample> credentials() {
    var own =
        inspection.server().credentials().stream()
            .map(credential -> credential("", "", credential));
    var backends =
        inspection.backends().stream()
            .flatMap(
                backend ->
                    backend
                        .credential()
                        .map(credential -> credential(backend.mesh(), backend.name(), credential))
                        .stream());
    return Stream.concat(own, backends)
        .collect(
            Collectors.toMap(
                Sample::labels,
                sample -> sample,
                (left, right) -> left.value() <= right.value() ? left : right,
                java.util.LinkedHashMap::new))
        .values()
        .stream()
        .toList();
  }

  private static Sample credential(String mesh, String backend, CredentialView credential) {
    return new Sample(
        Map.of("mesh", mesh, "backend", backend, "kind", credential.kind()),
        seconds(credential.expiresAt()));
  }

  private List<Sample> bundleGroups() {
    return fleets.stream()
        .map(
            fleet ->
                new Sample(
                    Map.of("mesh", fleet.mesh()),
                    fleet.dataplanes().stream()
                        .flatMap(dataplane -> Proxies.secrets(dataplane, Kind.TRUST))
                        .filter(secret -> Trust.isOfMesh(secret.name()))
                        .flatMap(secret -> secret.acked().stream())
                        .map(DeliveredView::version)
                        .distinct()
                        .count()))
        .toList();
  }

  private List<Sample> meshes(Function<MeshView, Integer> value) {
    return inspection.meshes().stream()
        .map(mesh -> new Sample(Map.of("mesh", mesh.name()), value.apply(mesh)))
        .toList();
  }

  private static double seconds(Instant instant) {
    return instant.toEpochMilli() / 1000.0;
  }
}
