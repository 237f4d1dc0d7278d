package dev.meshseal.server.inject;

import java.util.List;
import java.util.Map;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/**
 * Adds the sidecar to one workload. What is there of an earlier time is put in its place anew, so
 * that doing it twice is the same as doing it once.
 */
final class Injector {
  /** On a pod: {@code "false"} leaves it as it is. */
  private static final String INJECT = "meshseal.dev/inject";

  private final Injection injection;
  private final PodRules rules;

  Injector(Injection injection) {
    this.injection = injection;
    this.rules = new PodRules(injection);
  }

  /** Whether the pod asks to be left alone. */
  static boolean isOptedOut(Workload workload) {
    return Trees.field(workload.pod(), "metadata")
        .flatMap(metadata -> Trees.field(metadata, "annotations"))
        .flatMap(annotations -> Trees.text(annotations, INJECT))
        .filter("false"::equals)
        .isPresent();
  }

  /** What is no reason to refuse a workload, and yet may not be what its operator wants. */
  List<String> notes(Workload workload) {
    return rules.notes(workload);
  }

  /**
   * Changes the tree.
   *
   * @throws InjectionException if this workload cannot have a sidecar; the tree is then as it was
   */
  void inject(Workload workload) {
    rules.require(workload);
    var spec = (MappingNode) workload.spec();
    var mesh = injection.meshOf(workload);
    var parts = new SidecarParts(injection, mesh);
    var labels = Trees.mapping(Trees.mapping(workload.pod(), "metadata"), "labels");
    Trees.set(labels, Workload.MESH, Trees.of(mesh));

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
    SidecarParts.volumes(injection)
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
}
