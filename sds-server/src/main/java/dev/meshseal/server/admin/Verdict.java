package dev.meshseal.server.admin;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Pure: one sentence on a mesh, the worst first. */
final class Verdict {
  private Verdict() {}

  static String of(
      MeshView mesh,
      List<BackendView> backends,
      Map<ProxyState, Integer> proxies,
      Optional<Instant> firstExpiry,
      Instant now) {
    var parts = new ArrayList<String>();
    if (mesh.enabledBackend().isEmpty() && mesh.problem().isEmpty()) {
      return "mTLS is off";
    }
    mesh.problem()
        .ifPresent(
            problem ->
                parts.add(
                    mesh.appliedAt().isPresent()
                        ? "the newest Mesh is not in force"
                        : "the Mesh is not in force"));
    var connected = connected(proxies);
    var good = proxies.getOrDefault(ProxyState.OK, 0) + proxies.getOrDefault(ProxyState.LATE, 0);
    if (connected == 0) {
      parts.add("no proxy is connected");
    } else {
      parts.add(
          "%d of %d %s a valid leaf".formatted(good, connected, good == 1 ? "holds" : "hold"));
    }
    if (good < connected) {
      parts.add("%d need%s you".formatted(connected - good, connected - good == 1 ? "s" : ""));
    }
    firstExpiry.ifPresent(
        expiry -> parts.add("first expiry without action " + Spans.from(now, expiry)));
    enabled(mesh, backends)
        .flatMap(Verdict::end)
        .ifPresent(end -> parts.add("its CA ends " + Spans.from(now, end)));
    return String.join("; ", parts);
  }

  private static int connected(Map<ProxyState, Integer> proxies) {
    return proxies.entrySet().stream()
        .filter(entry -> entry.getKey() != ProxyState.AWAY)
        .mapToInt(Map.Entry::getValue)
        .sum();
  }

  private static Optional<BackendView> enabled(MeshView mesh, List<BackendView> backends) {
    return mesh.enabledBackend()
        .flatMap(
            name -> backends.stream().filter(backend -> backend.name().equals(name)).findFirst());
  }

  private static Optional<Instant> end(BackendView backend) {
    return backend.authorities().stream()
        .map(BackendView.AuthorityView::notAfter)
        .min(Instant::compareTo);
  }
}
