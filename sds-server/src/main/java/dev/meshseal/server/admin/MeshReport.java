package dev.meshseal.server.admin;

import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A mesh and how its proxies do.
 *
 * @param verdict one sentence
 * @param proxies how many are in each state, by its word
 * @param firstExpiry when the first leaf ends that a connected proxy holds
 */
public record MeshReport(
    MeshView mesh,
    String verdict,
    SortedMap<String, Integer> proxies,
    Optional<Instant> firstExpiry) {

  static MeshReport of(
      MeshView mesh, List<BackendView> backends, List<DataplaneView> dataplanes, Instant now) {
    var counts = new EnumMap<ProxyState, Integer>(ProxyState.class);
    dataplanes.forEach(dataplane -> counts.merge(Proxies.state(dataplane, now), 1, Integer::sum));
    var firstExpiry =
        dataplanes.stream()
            .flatMap(dataplane -> Proxies.certificates(dataplane, now).stream())
            .filter(certificate -> certificate.connected() && certificate.acked().isPresent())
            .flatMap(certificate -> certificate.expiresAt().stream())
            .min(Instant::compareTo);
    var words = new TreeMap<String, Integer>();
    counts.forEach((state, count) -> words.put(state.word(), count));
    return new MeshReport(
        mesh, Verdict.of(mesh, backends, counts, firstExpiry, now), words, firstExpiry);
  }

  static List<MeshReport> all(Inspection inspection) {
    var now = inspection.server().now();
    var backends = inspection.backends();
    var dataplanes = byMesh(inspection.dataplanes());
    return inspection.meshes().stream()
        .map(
            mesh ->
                of(
                    mesh,
                    backends.stream()
                        .filter(backend -> backend.mesh().equals(mesh.name()))
                        .toList(),
                    dataplanes.getOrDefault(mesh.name(), List.of()),
                    now))
        .toList();
  }

  private static Map<String, List<DataplaneView>> byMesh(List<DataplaneView> dataplanes) {
    return dataplanes.stream().collect(java.util.stream.Collectors.groupingBy(DataplaneView::mesh));
  }
}
