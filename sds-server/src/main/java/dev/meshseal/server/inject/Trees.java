package dev.meshseal.server.inject;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.comments.CommentLine;
import org.snakeyaml.engine.v2.comments.CommentType;
import org.snakeyaml.engine.v2.common.FlowStyle;
import org.snakeyaml.engine.v2.common.ScalarStyle;
import org.snakeyaml.engine.v2.nodes.CollectionNode;
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

  static boolean isList(Node node, String name) {
    return field(node, name).filter(SequenceNode.class::isInstance).isPresent();
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

  static boolean isScalar(Node node, String text) {
    return node instanceof ScalarNode scalar && scalar.getValue().equals(text);
  }

  /** Sets a field where it stands, or as the last one. */
  static void set(MappingNode mapping, String name, Node value) {
    var fields = new ArrayList<>(mapping.getValue());
    for (var i = 0; i < fields.size(); i++) {
      if (isScalar(fields.get(i).getKeyNode(), name)) {
        moveComments(fields.get(i), value);
        fields.set(i, new NodeTuple(fields.get(i).getKeyNode(), value));
        mapping.setValue(fields);
        return;
      }
    }
    fields.add(new NodeTuple(of(name), value));
    mapping.setValue(fields);
  }

  private static void moveComments(NodeTuple field, Node value) {
    value.setBlockComments(field.getValueNode().getBlockComments());
    value.setInLineComments(field.getValueNode().getInLineComments());
    moveInlineComment(new NodeTuple(field.getKeyNode(), value));
  }

  /** What is in lines of its own has the comment of its line behind the key. */
  static void moveInlineComment(NodeTuple field) {
    if (isCommentedBlock(field.getValueNode())) {
      field.getKeyNode().setInLineComments(field.getValueNode().getInLineComments());
      field.getValueNode().setInLineComments(List.of());
    }
  }

  /** An item of a list that is in lines of its own has the comment of its line before it. */
  static void moveInlineComment(Node item) {
    if (isCommentedBlock(item)) {
      item.setBlockComments(
          Stream.of(item.getBlockComments(), item.getInLineComments())
              .filter(Trees::has)
              .flatMap(List::stream)
              .map(
                  line ->
                      new CommentLine(
                          line.getStartMark(),
                          line.getEndMark(),
                          line.getValue(),
                          CommentType.BLOCK))
              .toList());
      item.setInLineComments(List.of());
    }
  }

  private static boolean isCommentedBlock(Node node) {
    return node instanceof CollectionNode<?> collection
        && collection.getFlowStyle() == FlowStyle.BLOCK
        && has(node.getInLineComments());
  }

  static boolean has(@Nullable List<CommentLine> comments) {
    return comments != null && !comments.isEmpty();
  }

  /** The list of a field, which is made where there is none or an empty one. */
  static List<Node> list(MappingNode mapping, String name) {
    if (items(mapping, name).isEmpty()) {
      set(mapping, name, new SequenceNode(Tag.SEQ, new ArrayList<>(), FlowStyle.BLOCK));
    }
    return ((SequenceNode) field(mapping, name).orElseThrow()).getValue();
  }

  /** The mapping of a field, which is made where there is none or an empty one. */
  static MappingNode mapping(MappingNode mapping, String name) {
    if (field(mapping, name).filter(Trees::hasFields).isEmpty()) {
      set(mapping, name, new MappingNode(Tag.MAP, new ArrayList<>(), FlowStyle.BLOCK));
    }
    return (MappingNode) field(mapping, name).orElseThrow();
  }

  private static boolean hasFields(Node node) {
    return node instanceof MappingNode mapping && !mapping.getValue().isEmpty();
  }

  static Predicate<Node> named(String name) {
    return node -> text(node, "name").filter(name::equals).isPresent();
  }

  /** Whether two trees say the same, however they are written. */
  static boolean isSame(Node one, Node other) {
    return isSame(one, other, new IdentityHashMap<>());
  }

  // An anchor's node is met once for each alias: what has been compared is not compared again.
  private static boolean isSame(Node one, Node other, Map<Node, Node> compared) {
    var before = compared.putIfAbsent(one, other);
    if (before != null) {
      return before.equals(other);
    }
    return one.getTag().equals(other.getTag())
        && value(one).equals(value(other))
        && areSame(inner(one), inner(other), compared);
  }

  private static boolean areSame(List<Node> one, List<Node> other, Map<Node, Node> compared) {
    return one.size() == other.size()
        && IntStream.range(0, one.size()).allMatch(i -> isSame(one.get(i), other.get(i), compared));
  }

  private static String value(Node node) {
    return node instanceof ScalarNode scalar ? scalar.getValue() : "";
  }

  /** The nodes within a node, keys and values. */
  static List<Node> inner(Node node) {
    return switch (node) {
      case MappingNode mapping ->
          mapping.getValue().stream()
              .flatMap(tuple -> Stream.of(tuple.getKeyNode(), tuple.getValueNode()))
              .toList();
      case SequenceNode sequence -> sequence.getValue();
      default -> List.of();
    };
  }

  /** A node and all within it but for the keys, each once. */
  static Set<Node> all(Node root) {
    Set<Node> all = Collections.newSetFromMap(new IdentityHashMap<>());
    Deque<Node> open = new ArrayDeque<>(List.of(root));
    while (!open.isEmpty()) {
      var node = open.pop();
      if (all.add(node)) {
        values(node).forEach(open::push);
      }
    }
    return all;
  }

  /** The nodes within a node but for the keys. */
  static List<Node> values(Node node) {
    return switch (node) {
      case MappingNode mapping -> mapping.getValue().stream().map(NodeTuple::getValueNode).toList();
      case SequenceNode sequence -> List.copyOf(sequence.getValue());
      default -> List.of();
    };
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
