package dev.meshseal.kubernetes.pods;

import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** The name of a pod, and that of the data plane it is. */
record PodName(String namespace, String name) {
  static PodName of(JsonNode pod) {
    var metadata = pod.path("metadata");
    return new PodName(metadata.path("namespace").asString(""), metadata.path("name").asString(""));
  }

  /** As Kuma calls the data plane of a pod: {@code POD.NAMESPACE}. */
  String dataplane() {
    return name + "." + namespace;
  }

  /** Reads {@code POD.NAMESPACE}: a namespace has no dot in its name, a pod may. */
  static Optional<PodName> ofDataplane(String name) {
    var dot = name.lastIndexOf('.');
    return dot < 1 || dot == name.length() - 1
        ? Optional.empty()
        : Optional.of(new PodName(name.substring(dot + 1), name.substring(0, dot)));
  }

  @Override
  public String toString() {
    return namespace + "/" + name;
  }
}
