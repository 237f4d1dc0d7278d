package dev.meshseal.server.inject;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;

/**
 * One workload of a document: where in it the pod is described.
 *
 * @param pod the mapping with the pod's {@code metadata} and {@code spec}
 */
record Workload(String kind, String name, MappingNode pod) {
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

  /** The workload that a document is; empty for any other document. */
  static Optional<Workload> of(Node document) {
    var version = Trees.text(document, "apiVersion").orElse("");
    var group = version.contains("/") ? version.substring(0, version.indexOf('/')) : "";
    var kind = Trees.text(document, "kind").orElse("");
    return Optional.ofNullable(KINDS.get(group + "/" + kind))
        .flatMap(path -> at(document, path))
        .map(pod -> new Workload(kind, name(document), pod));
  }

  private static Optional<MappingNode> at(Node document, List<String> path) {
    Optional<Node> node = Optional.of(document);
    for (var step : path) {
      node = node.flatMap(one -> Trees.field(one, step));
    }
    return node.filter(MappingNode.class::isInstance).map(MappingNode.class::cast);
  }

  private static String name(Node document) {
    var metadata = Trees.field(document, "metadata");
    return metadata
        .flatMap(one -> Trees.text(one, "name"))
        .or(() -> metadata.flatMap(one -> Trees.text(one, "generateName")))
        .orElse("");
  }

  boolean isJob() {
    return kind.equals("Job") || kind.equals("CronJob");
  }

  @Override
  public String toString() {
    return "%s '%s'".formatted(kind, name);
  }
}
