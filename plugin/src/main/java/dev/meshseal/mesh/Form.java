package dev.meshseal.mesh;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The two forms of a Mesh, Universal and Kubernetes, made one.
 *
 * @param namePath where the name stands, for messages
 * @param labels each {@code meshseal.dev/} label and annotation, by the path where it stands
 * @param ignored the fields that mean nothing to Meshseal, by their paths
 */
record Form(
    String namePath,
    String name,
    Map<String, Label> labels,
    Optional<Fields> mtls,
    List<String> ignored) {
  static final String PREFIX = "meshseal.dev/";

  private static final Set<String> UNIVERSAL_METADATA =
      Set.of("type", "name", "mesh", "labels", "creationTime", "modificationTime", "kri", "status");

  /** A label's value and where it stands. */
  record Label(String path, String value) {}

  static Form universal(Fields root) {
    if (root.has("spec")) {
      root.refuse(
          "spec",
          "a Universal Mesh has no spec; put what is in it at the top, or write apiVersion and kind"
              + " in place of type");
    }
    return new Form(
        root.path("name"),
        root.requiredText("name"),
        ours(root, "labels"),
        root.object("mtls"),
        root.unasked().stream().filter(name -> !UNIVERSAL_METADATA.contains(name)).toList());
  }

  static Form kubernetes(Fields root) {
    if (root.has("mtls")) {
      root.refuse("mtls", "in a Kubernetes Mesh it stands under spec: write it as spec.mtls");
    }
    var metadata = root.objectOrEmpty("metadata");
    var spec = root.object("spec");
    root.node("status");
    var labels = new HashMap<String, Label>();
    metadata.ifPresent(
        meta -> {
          labels.putAll(ours(meta, "labels"));
          ours(meta, "annotations").forEach((name, label) -> annotate(meta, labels, name, label));
        });
    var mtls = spec.flatMap(fields -> fields.object("mtls"));
    return new Form(
        metadata.map(meta -> meta.path("name")).orElse(root.path("metadata")),
        metadata.map(meta -> meta.requiredText("name")).orElse(""),
        labels,
        mtls,
        Stream.concat(
                root.unasked().stream(),
                spec.stream().flatMap(fields -> fields.unasked().stream().map(fields::path)))
            .toList());
  }

  /** The API server takes no slash in a label's value, so an annotation says the same. */
  private static void annotate(
      Fields metadata, Map<String, Label> labels, String name, Label annotation) {
    var label = labels.putIfAbsent(name, annotation);
    if (label != null && !label.value().equals(annotation.value())) {
      metadata
          .findings()
          .refuse(
              annotation.path(),
              "is %s, but the label of the same name is %s; keep one of them"
                  .formatted(Words.quote(annotation.value()), Words.quote(label.value())));
    }
  }

  private static Map<String, Label> ours(Fields fields, String where) {
    var labels = new HashMap<String, Label>();
    fields
        .object(where)
        .ifPresent(
            all ->
                all.asTexts(PREFIX)
                    .forEach(
                        (name, value) ->
                            labels.put(
                                name.substring(PREFIX.length()),
                                new Label(all.path(name), value))));
    return labels;
  }
}
