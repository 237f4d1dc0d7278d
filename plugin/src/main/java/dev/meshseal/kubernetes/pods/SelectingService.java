package dev.meshseal.kubernetes.pods;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/**
 * What we keep of a Service: which pods it selects, and what it makes of them. Headless ones count,
 * as they do for Kuma: the pods of a StatefulSet often have no other.
 */
record SelectingService(
    String namespace, String name, Map<String, String> selector, List<Port> ports) {
  private static final String EXTERNAL = "ExternalName";

  /**
   * A TCP port.
   *
   * @param target the name of a container's port that it leads to; a number leads to any pod
   */
  record Port(int number, Optional<String> target) {
    static Port of(JsonNode port) {
      var target = port.path("targetPort");
      return new Port(
          port.path("port").asInt(0), target.isString() ? PodFacts.text(target) : Optional.empty());
    }

    boolean leadsTo(Set<String> portNames) {
      return target.map(portNames::contains).orElse(true);
    }
  }

  SelectingService {
    selector = Map.copyOf(selector);
    ports = List.copyOf(ports);
  }

  /** Empty for a Service that can select no pod. */
  static Optional<SelectingService> of(JsonNode service) {
    var spec = service.path("spec");
    if (spec.path("selector").isEmpty() || spec.path("type").asString("").equals(EXTERNAL)) {
      return Optional.empty();
    }
    var metadata = service.path("metadata");
    return Optional.of(
        new SelectingService(
            metadata.path("namespace").asString(""),
            metadata.path("name").asString(""),
            PodFacts.strings(spec.path("selector")),
            spec.path("ports").valueStream().filter(PodFacts::isTcp).map(Port::of).toList()));
  }

  /** The services that a pod of the same namespace is by this, as {@code web_shop_svc_80}. */
  Stream<String> tagsOf(PodFacts pod) {
    return pod.labels().entrySet().containsAll(selector.entrySet())
        ? ports.stream()
            .filter(port -> port.leadsTo(pod.portNames()))
            .map(port -> "%s_%s_svc_%d".formatted(name, namespace, port.number()))
        : Stream.empty();
  }
}
