package dev.meshseal.kubernetes.resources;

import dev.meshseal.kubernetes.JsonApi;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What Meshseal reads of one object. The rest is left out: it may be large, or a secret of somebody
 * else, and a change of it is no change.
 *
 * @param json the part that declares something
 * @param status as the API server has it
 */
record ClusterObject(
    Kind kind,
    String namespace,
    String name,
    String uid,
    long generation,
    String resourceVersion,
    String json,
    JsonNode status) {
  private static final String OURS = "meshseal.dev/";
  private static final String MESH_LABEL = "kuma.io/mesh";
  private static final Set<String> ROOT =
      Set.of("apiVersion", "kind", "metadata", "spec", "status");

  enum Kind {
    MESH("Mesh", "kuma.io/v1alpha1"),
    SECRET("Secret", "v1");

    private final String word;
    private final String apiVersion;

    Kind(String word, String apiVersion) {
      this.word = word;
      this.apiVersion = apiVersion;
    }
  }

  static ClusterObject of(Kind kind, JsonNode object) {
    var metadata = object.path("metadata");
    return new ClusterObject(
        kind,
        metadata.path("namespace").asString(""),
        metadata.path("name").asString(""),
        metadata.path("uid").asString(""),
        metadata.path("generation").asLong(0),
        metadata.path("resourceVersion").asString(""),
        declaring(kind, object).toString(),
        object.path("status"));
  }

  /** As messages call it. */
  String place() {
    return place(kind, namespace, name);
  }

  static String place(Kind kind, String namespace, String name) {
    return kind.word + " " + (namespace.isEmpty() ? name : namespace + "/" + name);
  }

  byte[] bytes() {
    return json.getBytes(StandardCharsets.UTF_8);
  }

  private static ObjectNode declaring(Kind kind, JsonNode object) {
    var part = JsonApi.json().objectNode();
    part.put("apiVersion", kind.apiVersion);
    part.put("kind", kind.word);
    switch (kind) {
      case MESH -> mesh(object, part);
      case SECRET -> secret(object, part);
    }
    return part;
  }

  private static void mesh(JsonNode object, ObjectNode part) {
    var metadata = part.putObject("metadata");
    metadata.set("name", object.path("metadata").path("name"));
    keep(object.path("metadata"), "labels", OURS, metadata);
    keep(object.path("metadata"), "annotations", OURS, metadata);
    if (object.has("spec")) {
      part.set("spec", emptied(object.path("spec"), "mtls"));
    }
    // A field that is in the wrong place is refused by its name.
    for (var name : object.propertyNames()) {
      if (!ROOT.contains(name)) {
        part.set(
            name, object.path(name).isContainer() ? object.path(name) : JsonApi.json().nullNode());
      }
    }
  }

  private static void secret(JsonNode object, ObjectNode part) {
    var metadata = part.putObject("metadata");
    metadata.set("name", object.path("metadata").path("name"));
    keep(object.path("metadata"), "labels", MESH_LABEL, metadata);
    part.set("type", object.path("type"));
    if (object.path("data").isObject()) {
      part.set("data", emptied(object.path("data"), "value"));
    }
  }

  private static void keep(JsonNode metadata, String what, String prefix, ObjectNode part) {
    var kept = JsonApi.json().objectNode();
    metadata
        .path(what)
        .properties()
        .forEach(
            entry -> {
              if (entry.getKey().startsWith(prefix)) {
                kept.set(entry.getKey(), entry.getValue());
              }
            });
    if (!kept.isEmpty()) {
      part.set(what, kept);
    }
  }

  /** The same fields, of which only one holds anything. */
  private static JsonNode emptied(JsonNode object, String but) {
    if (!object.isObject()) {
      return object;
    }
    var part = JsonApi.json().objectNode();
    for (var name : object.propertyNames()) {
      part.set(name, name.equals(but) ? object.path(name) : JsonApi.json().nullNode());
    }
    return part;
  }

  /** Says whose it is, and nothing that it holds. */
  @Override
  public String toString() {
    return place();
  }
}
