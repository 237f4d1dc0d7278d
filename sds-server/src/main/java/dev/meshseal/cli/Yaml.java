package dev.meshseal.cli;

import dev.meshseal.server.admin.Json;
import tools.jackson.databind.JsonNode;

/**
 * A tree as YAML of the plainest kind: block collections, and every scalar as JSON writes it, which
 * YAML reads as the same (YAML 1.2, 1.3).
 */
final class Yaml {
  private final StringBuilder text = new StringBuilder();

  private Yaml() {}

  static String write(JsonNode tree) {
    var yaml = new Yaml();
    if (isLeaf(tree)) {
      yaml.text.append(Json.text(tree)).append('\n');
    } else {
      yaml.block(tree, 0);
    }
    return yaml.text.toString();
  }

  private static boolean isLeaf(JsonNode node) {
    return node.isValueNode() || node.isEmpty();
  }

  private void block(JsonNode node, int indent) {
    if (node.isArray()) {
      node.forEach(item -> item(item, indent));
    } else {
      node.properties().forEach(entry -> entry(entry.getKey(), entry.getValue(), indent));
    }
  }

  private void item(JsonNode item, int indent) {
    text.repeat(' ', indent).append("- ");
    if (isLeaf(item)) {
      text.append(Json.text(item)).append('\n');
      return;
    }
    var from = text.length();
    block(item, indent + 2);
    // The first line of the block stands behind the dash.
    text.delete(from, from + indent + 2);
  }

  private void entry(String name, JsonNode value, int indent) {
    text.repeat(' ', indent).append(key(name)).append(':');
    if (isLeaf(value)) {
      text.append(' ').append(Json.text(value)).append('\n');
    } else {
      text.append('\n');
      block(value, indent + 2);
    }
  }

  private static String key(String name) {
    return name.matches("[A-Za-z][A-Za-z0-9_]*") ? name : Json.text(name);
  }
}
