package dev.meshseal.kubernetes.pods;

import dev.meshseal.identity.Dataplane;
import dev.meshseal.identity.DataplaneId;
import dev.meshseal.identity.Tags;
import java.util.Collection;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Labels, namespace and Services → the data plane that a pod is. */
final class PodIdentity {
  /** Of a pod, or of its namespace: the mesh. */
  static final String MESH = "kuma.io/mesh";

  static final String DEFAULT_MESH = "default";

  private static final String WORKLOAD = "kuma.io/workload";
  private static final String OURS = "kuma.io/";

  /** Labels that say how a pod is treated, or are said otherwise: no tags. */
  private static final Set<String> NO_TAGS =
      Set.of(MESH, WORKLOAD, Tags.SERVICE, "kuma.io/sidecar-injection");

  private PodIdentity() {}

  static Dataplane of(
      PodFacts pod, Optional<String> namespacesMesh, Collection<SelectingService> services) {
    return new Dataplane(
        new DataplaneId(mesh(pod, namespacesMesh), pod.name().dataplane()),
        tags(pod, services),
        label(pod, WORKLOAD),
        Optional.of(new Dataplane.ServiceAccount(pod.name().namespace(), pod.account())));
  }

  private static String mesh(PodFacts pod, Optional<String> namespacesMesh) {
    return label(pod, MESH).or(() -> namespacesMesh).orElse(DEFAULT_MESH);
  }

  private static Tags tags(PodFacts pod, Collection<SelectingService> services) {
    var tags = new TreeMap<String, Set<String>>();
    pod.labels()
        .forEach(
            (label, value) -> {
              if (label.startsWith(OURS) && !NO_TAGS.contains(label) && !value.isBlank()) {
                tags.put(label, Set.of(value));
              }
            });
    var names = services(pod, services);
    // A pod without any is its workload, which is no tag of Kuma's either.
    if (!names.isEmpty()) {
      tags.put(Tags.SERVICE, names);
    }
    return Tags.of(tags);
  }

  private static Set<String> services(PodFacts pod, Collection<SelectingService> services) {
    return label(pod, Tags.SERVICE)
        .map(Set::of)
        .orElseGet(
            () ->
                services.stream()
                    .flatMap(service -> service.tagsOf(pod))
                    .collect(Collectors.toCollection(TreeSet::new)));
  }

  private static Optional<String> label(PodFacts pod, String name) {
    return Optional.ofNullable(pod.labels().get(name)).filter(value -> !value.isBlank());
  }
}
