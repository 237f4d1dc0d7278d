package dev.meshseal.server.inject;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.snakeyaml.engine.v2.nodes.Node;

/** One object of a document, which may be a list of them. */
record Resource(String apiVersion, String kind, Node node) {
  private static final String LIST = "List";

  /** What the document describes: each item of a list, else itself. */
  static List<Resource> in(Node document) {
    Set<Node> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    return new Resource(text(document, "apiVersion", ""), text(document, "kind", ""), document)
        .flat(seen)
        .toList();
  }

  private Stream<Resource> flat(Set<Node> seen) {
    if (!seen.add(node)) {
      return Stream.of();
    }
    return kind.endsWith(LIST) && Trees.isList(node, "items")
        ? Trees.items(node, "items").stream().map(this::item).flatMap(item -> item.flat(seen))
        : Stream.of(this);
  }

  // An item of a DeploymentList may leave out what it is, as kubectl reads it.
  private Resource item(Node item) {
    var isTyped = !kind.equals(LIST);
    return new Resource(
        text(item, "apiVersion", isTyped ? apiVersion : ""),
        text(item, "kind", isTyped ? kind.substring(0, kind.length() - LIST.length()) : ""),
        item);
  }

  private static String text(Node node, String field, String otherwise) {
    return Trees.text(node, field).orElse(otherwise);
  }

  /** The API group and the kind. */
  String type() {
    var slash = apiVersion.indexOf('/');
    return (slash < 0 ? "" : apiVersion.substring(0, slash)) + "/" + kind;
  }

  String name() {
    var metadata = Trees.field(node, "metadata");
    return metadata
        .flatMap(one -> Trees.text(one, "name"))
        .or(() -> metadata.flatMap(one -> Trees.text(one, "generateName")))
        .orElse("");
  }

  /** Whether something in it is the description of a pod's containers. */
  boolean hasContainers() {
    return Trees.all(node).stream()
        .flatMap(inner -> Trees.items(inner, "containers").stream())
        .anyMatch(container -> Trees.text(container, "image").isPresent());
  }

  @Override
  public String toString() {
    return "%s '%s'".formatted(kind, name());
  }
}
