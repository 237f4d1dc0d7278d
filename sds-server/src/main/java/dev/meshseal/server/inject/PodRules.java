package dev.meshseal.server.inject;

import dev.meshseal.mesh.Backend;
import dev.meshseal.server.bootstrap.Inbound;
import dev.meshseal.server.bootstrap.Sidecar;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/** Which pods cannot have the sidecar, and what their operators should know. */
final class PodRules {
  private static final List<String> CONTAINERS = List.of("containers", "initContainers");
  private static final List<String> OURS = List.of(SidecarParts.BOOTSTRAP, SidecarParts.ENVOY);
  private static final Pattern NUMBER = Pattern.compile("\\d{1,5}");

  private final Injection injection;

  PodRules(Injection injection) {
    this.injection = injection;
  }

  /**
   * @throws InjectionException with every reason why this workload cannot have a sidecar
   */
  void require(Workload workload) {
    var problems = new ArrayList<String>();
    var spec = workload.spec();
    if (Trees.items(spec, "containers").stream().allMatch(PodRules::isOurs)) {
      problems.add("it has no container of its own; this is no whole manifest");
    }
    if (isTrue(spec, "hostNetwork")) {
      problems.add(
          "it uses the network of its node (hostNetwork), where the ports of two sidecars would"
              + " collide and others of the node could use them; give the pod a network of its"
              + " own");
    }
    if (isForWindows(spec)) {
      problems.add("it runs on Windows, for which there is no sidecar");
    }
    if (workload.ends() && injection.containers().placement() == Containers.Placement.CONTAINER) {
      problems.add("it would never end beside a sidecar that does not; use --sidecar sidecar");
    }
    foreignParts(spec).forEach(problems::add);
    takenPorts(spec).forEach(problems::add);
    requireMesh(workload).ifPresent(problems::add);
    if (!problems.isEmpty()) {
      throw new InjectionException(
          problems.stream().map(problem -> workload + ": " + problem).toList());
    }
  }

  private Optional<String> requireMesh(Workload workload) {
    try {
      Sidecar.requireMesh(injection.meshOf(workload));
      return Optional.empty();
    } catch (IllegalArgumentException malformed) {
      return Optional.of("label %s %s".formatted(Workload.MESH, malformed.getMessage()));
    }
  }

  private static boolean isForWindows(Node spec) {
    return Stream.of(
            Trees.field(spec, "os").flatMap(os -> Trees.text(os, "name")),
            Trees.field(spec, "nodeSelector")
                .flatMap(nodes -> Trees.text(nodes, "kubernetes.io/os")))
        .flatMap(Optional::stream)
        .anyMatch("windows"::equals);
  }

  /** What has a name of ours and is not of an earlier time, so that it is somebody else's. */
  private List<String> foreignParts(Node spec) {
    if (Trees.items(spec, "initContainers").stream().anyMatch(PodRules::isStep)) {
      return List.of();
    }
    var containers =
        CONTAINERS.stream()
            .flatMap(list -> Trees.items(spec, list).stream())
            .filter(PodRules::isOurs)
            .map(container -> foreign("container", container));
    var volumes =
        SidecarParts.volumes(injection).stream()
            .map(Trees::of)
            .flatMap(
                ours ->
                    Trees.items(spec, "volumes").stream()
                        .filter(Trees.named(Trees.text(ours, "name").orElseThrow()))
                        .filter(other -> !Trees.isSame(ours, other)))
            .map(volume -> foreign("volume", volume));
    return Stream.concat(containers, volumes).toList();
  }

  private static String foreign(String part, Node node) {
    return ("its %s '%s' has a name that the sidecar needs and was not put there by inject; rename"
            + " it")
        .formatted(part, Trees.text(node, "name").orElse(""));
  }

  private static boolean isStep(Node container) {
    return Trees.named(SidecarParts.BOOTSTRAP).test(container)
        && Trees.items(container, "args").stream()
            .limit(1)
            .anyMatch(argument -> Trees.isScalar(argument, SidecarParts.SUBCOMMAND));
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
    return ports(spec)
        .filter(port -> taken.containsKey(port.number()))
        .map(
            port ->
                "its container '%s' has port %d, which is that of %s; choose another"
                    .formatted(port.container(), port.number(), taken.get(port.number())))
        .toList();
  }

  private record Port(String container, int number) {}

  /** The ports that the containers of the pod's own declare. */
  private static Stream<Port> ports(Node spec) {
    return CONTAINERS.stream()
        .flatMap(list -> Trees.items(spec, list).stream())
        .filter(container -> !isOurs(container))
        .flatMap(
            container ->
                Trees.items(container, "ports").stream()
                    .flatMap(port -> Trees.text(port, "containerPort").stream())
                    .filter(number -> NUMBER.matcher(number).matches())
                    .map(
                        number ->
                            new Port(
                                Trees.text(container, "name").orElse(""),
                                Integer.parseInt(number))));
  }

  /** What is no reason to refuse a workload, and yet may not be what its operator wants. */
  List<String> notes(Workload workload) {
    return injection
        .traffic()
        .inbound()
        .filter(inbound -> inbound.mode() == Backend.Mode.STRICT)
        .map(inbound -> openPorts(workload, inbound))
        .orElse(List.of());
  }

  // Nothing redirects traffic: who knows the pod's address can pass the sidecar by.
  private static List<String> openPorts(Workload workload, Inbound inbound) {
    return ports(workload.spec())
        .filter(port -> port.number() == inbound.appPort())
        .map(
            port ->
                ("%s: its container '%s' has port %d, where others may reach it past the sidecar,"
                        + " in plaintext; let it listen on 127.0.0.1 alone, or let only port %d in"
                        + " by a NetworkPolicy")
                    .formatted(workload, port.container(), port.number(), inbound.listen().port()))
        .toList();
  }
}
