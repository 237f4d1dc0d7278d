package dev.meshseal.server.inject;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;

/**
 * A resource that runs pods, and where in it the pod is described.
 *
 * @param pod the mapping with the pod's {@code metadata} and {@code spec}
 */
record Workload(Resource resource, MappingNode pod) {
  /** The label that names the pod's mesh. */
  static final String MESH = "kuma.io/mesh";

  /** What runs pods, by API group and kind: the way to the description of the pod. */
  private static final Map<String, List<String>> KINDS =
      Map.of(
          "/Pod", List.of(),
          "/ReplicationController", List.of("spec", "template"),
          "apps/Deployment", List.of("spec", "template"),
          "apps/StatefulSet", List.of("spec", "template"),
          "apps/DaemonSet", List.of("spec", "template"),
          "apps/ReplicaSet", List.of("spec", "template"),
          "batch/Job", List.of("spec", "template"),
          "batch/CronJob", List.of("spec", "jobTemplate", "spec", "template"));

  /** The workload that a resource is; empty for any other. */
  static Optional<Workload> of(Resource resource) {
    return Optional.ofNullable(KINDS.get(resource.type()))
        .flatMap(path -> at(resource.node(), path))
        .map(pod -> new Workload(resource, pod));
  }

  private static Optional<MappingNode> at(Node document, List<String> path) {
    Optional<Node> node = Optional.of(document);
    for (var step : path) {
      node = node.flatMap(one -> Trees.field(one, step));
    }
    return node.filter(MappingNode.class::isInstance).map(MappingNode.class::cast);
  }

  /** Why a resource is left alone, where the operator might think that it is not. */
  static Optional<String> passedOver(Resource resource) {
    if (of(resource).isPresent()) {
      return Optional.empty();
    }
    var path = KINDS.get(resource.type());
    if (path != null) {
      return Optional.of(
          "%s is left as it is: it has no %s, and so no pod to give a sidecar to"
              .formatted(resource, String.join(".", path)));
    }
    return Optional.of(resource)
        .filter(other -> !other.kind().isEmpty() && other.hasContainers())
        .map(
            other ->
                ("%s is left as it is: it runs pods, but inject does not know '%s' of '%s'; write the"
                        + " sidecar into it by hand")
                    .formatted(other, other.kind(), other.apiVersion()));
  }

  Node spec() {
    return Trees.field(pod, "spec").orElse(pod);
  }

  Optional<String> label(String name) {
    return Trees.field(pod, "metadata")
        .flatMap(metadata -> Trees.field(metadata, "labels"))
        .flatMap(labels -> Trees.text(labels, name));
  }

  /** Whether its pods are to end by themselves. */
  boolean ends() {
    var policy = Trees.text(spec(), "restartPolicy").orElse("");
    return resource.type().startsWith("batch/")
        || policy.equals("Never")
        || policy.equals("OnFailure");
  }

  @Override
  public String toString() {
    return resource.toString();
  }
}
