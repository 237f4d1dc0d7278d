package dev.meshseal.server.inject;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.common.FlowStyle;
import org.snakeyaml.engine.v2.common.ScalarStyle;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/** Reads and changes YAML trees, which keep how they were written. */
final class Trees {
  private static final Pattern PLAIN = Pattern.compile("-{0,2}[A-Za-z/][A-Za-z0-9./=_-]*");
  private static final Set<String> NO_TEXT =
      Set.of("y", "n", "yes", "no", "on", "off", "true", "false", "null");

  private Trees() {}

  static Optional<Node> field(Node node, String name) {
    return node instanceof MappingNode mapping
        ? mapping.getValue().stream()
            .filter(tuple -> isScalar(tuple.getKeyNode(), name))
            .map(NodeTuple::getValueNode)
            .findFirst()
        : Optional.empty();
  }

  static Optional<String> text(Node node, String name) {
    return field(node, name)
        .filter(ScalarNode.class::isInstance)
        .map(value -> ((ScalarNode) value).getValue());
  }

  static List<Node> items(Node node, String name) {
    return field(node, name)
        .filter(SequenceNode.class::isInstance)
        .map(value -> ((SequenceNode) value).getValue())
        .orElse(List.of());
  }

  /** A key that a mapping has more than once. */
  static Optional<String> twice(Node node) {
    var keys = new HashSet<String>();
    return node instanceof MappingNode mapping
        ? mapping.getValue().stream()
            .map(NodeTuple::getKeyNode)
            .filter(ScalarNode.class::isInstance)
            .map(key -> ((ScalarNode) key).getValue())
            .filter(key -> !keys.add(key))
            .findFirst()
        : Optional.empty();
  }

  private static boolean isScalar(Node node, String text) {
    return node instanceof ScalarNode scalar && scalar.getValue().equals(text);
  }

  /** Sets a field where it stands, or as the last one. */
  static void set(MappingNode mapping, String name, Node value) {
    var fields = new ArrayList<>(mapping.getValue());
    for (var i = 0; i < fields.size(); i++) {
      if (isScalar(fields.get(i).getKeyNode(), name)) {
        fields.set(i, new NodeTuple(fields.get(i).getKeyNode(), value));
        mapping.setValue(fields);
        return;
      }
    }
    fields.add(new NodeTuple(of(name), value));
    mapping.setValue(fields);
  }

  static void remove(MappingNode mapping, String name) {
    mapping.setValue(
        mapping.getValue().stream().filter(tuple -> !isScalar(tuple.getKeyNode(), name)).toList());
  }

  /** The list of a field, which is made where there is none. */
  static List<Node> list(MappingNode mapping, String name) {
    if (field(mapping, name).filter(SequenceNode.class::isInstance).isEmpty()) {
      set(mapping, name, new SequenceNode(Tag.SEQ, new ArrayList<>(), FlowStyle.BLOCK));
    }
    var list = (SequenceNode) field(mapping, name).orElseThrow();
    if (list.getValue().isEmpty()) {
      list.setFlowStyle(FlowStyle.BLOCK);
    }
    return list.getValue();
  }

  /** The mapping of a field, which is made where there is none. */
  static MappingNode mapping(MappingNode mapping, String name) {
    if (field(mapping, name).filter(MappingNode.class::isInstance).isEmpty()) {
      set(mapping, name, new MappingNode(Tag.MAP, new ArrayList<>(), FlowStyle.BLOCK));
    }
    return (MappingNode) field(mapping, name).orElseThrow();
  }

  static Predicate<Node> named(String name) {
    return node -> text(node, "name").filter(name::equals).isPresent();
  }

  /** Maps, lists, strings, numbers and booleans as a tree. */
  static Node of(Object value) {
    return switch (value) {
      case Map<?, ?> map -> {
        var fields = new ArrayList<NodeTuple>();
        map.forEach((key, field) -> fields.add(new NodeTuple(of(key), of(field))));
        yield new MappingNode(Tag.MAP, fields, FlowStyle.BLOCK);
      }
      case List<?> list -> {
        var items = new ArrayList<Node>();
        list.forEach(item -> items.add(of(item)));
        yield new SequenceNode(Tag.SEQ, items, FlowStyle.BLOCK);
      }
      case Integer number -> new ScalarNode(Tag.INT, number.toString(), ScalarStyle.PLAIN);
      case Boolean flag -> new ScalarNode(Tag.BOOL, flag.toString(), ScalarStyle.PLAIN);
      case String text ->
          new ScalarNode(
              Tag.STR, text, isPlainlyText(text) ? ScalarStyle.PLAIN : ScalarStyle.DOUBLE_QUOTED);
      default -> throw new IllegalArgumentException("no YAML for a " + value.getClass());
    };
  }

  /** Whether no YAML, old or new, can take it for something else when it is not quoted. */
  private static boolean isPlainlyText(String text) {
    return PLAIN.matcher(text).matches() && !NO_TEXT.contains(text.toLowerCase(Locale.ROOT));
  }
}
