package dev.meshseal.kubernetes.pods;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/**
 * What we keep of a pod: of its many kilobytes the few words that make an identity.
 *
 * @param portNames by which the ports of Services may call a TCP port of one of its containers
 * @param ended in which phase; empty while it may run
 * @param version the resource version: a later state of one object has a greater one
 */
record PodFacts(
    PodName name,
    String uid,
    String account,
    Map<String, String> labels,
    Set<String> portNames,
    Optional<String> ended,
    long version) {
  private static final String DEFAULT_ACCOUNT = "default";
  private static final Set<String> ENDS = Set.of("Succeeded", "Failed");

  PodFacts {
    labels = Map.copyOf(labels);
    portNames = Set.copyOf(portNames);
  }

  static PodFacts of(JsonNode pod) {
    var metadata = pod.path("metadata");
    var spec = pod.path("spec");
    return new PodFacts(
        PodName.of(pod),
        uid(pod),
        text(spec.path("serviceAccountName")).orElse(DEFAULT_ACCOUNT),
        strings(metadata.path("labels")),
        Stream.of("containers", "initContainers")
            .flatMap(list -> portNames(spec.path(list)))
            .collect(Collectors.toSet()),
        // All its containers have ended, and none will start again; the object may stay for long.
        text(pod.path("status").path("phase")).filter(ENDS::contains),
        version(pod));
  }

  static String uid(JsonNode object) {
    return object.path("metadata").path("uid").asString("");
  }

  /** Kubernetes compares them as numbers, by its word since 1.35; what is no number is the last. */
  static long version(JsonNode object) {
    try {
      return Long.parseLong(object.path("metadata").path("resourceVersion").asString(""));
    } catch (NumberFormatException foreign) {
      return Long.MAX_VALUE;
    }
  }

  private static Stream<String> portNames(JsonNode containers) {
    return containers
        .valueStream()
        .flatMap(container -> container.path("ports").valueStream())
        .filter(PodFacts::isTcp)
        .flatMap(port -> text(port.path("name")).stream());
  }

  /** Whether a port, of a container or a Service, is one of TCP. */
  static boolean isTcp(JsonNode port) {
    return List.of("", "TCP").contains(port.path("protocol").asString(""));
  }

  /** A field that is there and says something. */
  static Optional<String> text(JsonNode field) {
    return Optional.of(field.asString("")).filter(text -> !text.isBlank());
  }

  static Map<String, String> strings(JsonNode fields) {
    var strings = new HashMap<String, String>();
    fields
        .properties()
        .forEach(field -> strings.put(field.getKey(), field.getValue().asString("")));
    return strings;
  }
}
