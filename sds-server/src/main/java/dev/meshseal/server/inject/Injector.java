package dev.meshseal.server.inject;

import dev.meshseal.server.bootstrap.Sidecar;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/**
 * Adds the sidecar to one workload. What is there of an earlier time is put in its place anew, so
 * that doing it twice is the same as doing it once.
 */
final class Injector {
  private static final String MESH = "kuma.io/mesh";
  private static final String DEFAULT_MESH = "default";
  private static final List<String> CONTAINERS = List.of("containers", "initContainers");
  private static final List<String> OURS = List.of(SidecarParts.BOOTSTRAP, SidecarParts.ENVOY);

  /** On a pod: {@code "false"} leaves it as it is. */
  private static final String INJECT = "meshseal.dev/inject";

  private final Injection injection;

  Injector(Injection injection) {
    this.injection = injection;
  }

  /** Whether the pod asks to be left alone. */
  static boolean isOptedOut(Workload workload) {
    return Trees.field(workload.pod(), "metadata")
        .flatMap(metadata -> Trees.field(metadata, "annotations"))
        .flatMap(annotations -> Trees.text(annotations, INJECT))
        .filter("false"::equals)
        .isPresent();
  }

  /**
   * Changes the tree.
   *
   * @throws InjectionException if this workload cannot have a sidecar; the tree is then as it was
   */
  void inject(Workload workload) {
    var spec = requirePossible(workload);
    var mesh = mesh(workload);
    var parts = new SidecarParts(injection, mesh);
    var labels = Trees.mapping(Trees.mapping(workload.pod(), "metadata"), "labels");
    Trees.set(labels, MESH, Trees.of(mesh));

    switch (injection.containers().placement()) {
      case SIDECAR -> {
        remove(spec, "containers", SidecarParts.ENVOY);
        var first = Trees.list(spec, "initContainers");
        put(first, SidecarParts.BOOTSTRAP, 0, parts.bootstrap());
        put(first, SidecarParts.ENVOY, 1, parts.envoy());
      }
      case CONTAINER -> {
        remove(spec, "initContainers", SidecarParts.ENVOY);
        put(Trees.list(spec, "initContainers"), SidecarParts.BOOTSTRAP, 0, parts.bootstrap());
        var containers = Trees.list(spec, "containers");
        put(containers, SidecarParts.ENVOY, containers.size(), parts.envoy());
      }
    }
    var volumes = Trees.list(spec, "volumes");
    parts
        .volumes()
        .forEach(
            volume -> put(volumes, String.valueOf(volume.get("name")), volumes.size(), volume));
  }

  private static void put(List<Node> list, String name, int place, Map<String, Object> part) {
    var node = Trees.of(part);
    for (var i = 0; i < list.size(); i++) {
      if (Trees.named(name).test(list.get(i))) {
        node.setBlockComments(list.get(i).getBlockComments());
        list.set(i, node);
        return;
      }
    }
    list.add(Math.min(place, list.size()), node);
  }

  private static void remove(MappingNode spec, String list, String name) {
    Trees.field(spec, list)
        .filter(SequenceNode.class::isInstance)
        .ifPresent(node -> ((SequenceNode) node).getValue().removeIf(Trees.named(name)));
  }

  private String mesh(Workload workload) {
    return injection
        .mesh()
        .or(
            () ->
                Trees.field(workload.pod(), "metadata")
                    .flatMap(metadata -> Trees.field(metadata, "labels"))
                    .flatMap(labels -> Trees.text(labels, MESH)))
        .orElse(DEFAULT_MESH);
  }

  // What cannot be

  private MappingNode requirePossible(Workload workload) {
    var problems = new ArrayList<String>();
    var spec = Trees.field(workload.pod(), "spec").orElse(workload.pod());
    if (Trees.items(spec, "containers").stream().allMatch(Injector::isOurs)) {
      problems.add("it has no container of its own; this is no whole manifest");
    }
    if (isTrue(spec, "hostNetwork")) {
      problems.add(
          "it uses the network of its node (hostNetwork), where the ports of two sidecars would"
              + " collide and others of the node could use them; give the pod a network of its"
              + " own");
    }
    if (Trees.field(spec, "os")
        .flatMap(os -> Trees.text(os, "name"))
        .filter("windows"::equals)
        .isPresent()) {
      problems.add("it runs on Windows, for which there is no sidecar");
    }
    if (workload.isJob() && injection.containers().placement() == Containers.Placement.CONTAINER) {
      problems.add("it would never end beside a sidecar that does not; use --sidecar sidecar");
    }
    takenPorts(spec).forEach(problems::add);
    requireMesh(workload).ifPresent(problems::add);
    if (!problems.isEmpty()) {
      throw new InjectionException(
          problems.stream().map(problem -> workload + ": " + problem).toList());
    }
    return (MappingNode) spec;
  }

  private Optional<String> requireMesh(Workload workload) {
    try {
      Sidecar.requireMesh(mesh(workload));
      return Optional.empty();
    } catch (IllegalArgumentException malformed) {
      return Optional.of("label %s %s".formatted(MESH, malformed.getMessage()));
    }
  }

  private static boolean isOurs(Node container) {
    return Trees.text(container, "name").filter(OURS::contains).isPresent();
  }

  private static boolean isTrue(Node spec, String field) {
    return Trees.field(spec, field)
        .filter(node -> node instanceof ScalarNode scalar && scalar.isPlain())
        .filter(
            node ->
                List.of("true", "True", "TRUE", "yes", "on")
                    .contains(((ScalarNode) node).getValue()))
        .isPresent();
  }

  private List<String> takenPorts(Node spec) {
    var taken = injection.traffic().takenPorts();
    var problems = new ArrayList<String>();
    for (var list : CONTAINERS) {
      for (var container : Trees.items(spec, list)) {
        if (isOurs(container)) {
          continue;
        }
        for (var port : Trees.items(container, "ports")) {
          var number = Trees.text(port, "containerPort").orElse("");
          taken.entrySet().stream()
              .filter(entry -> entry.getKey().toString().equals(number))
              .forEach(
                  entry ->
                      problems.add(
                          "its container '%s' has port %s, which is that of %s; choose another"
                              .formatted(
                                  Trees.text(container, "name").orElse(""),
                                  number,
                                  entry.getValue())));
        }
      }
    }
    return problems;
  }
}
