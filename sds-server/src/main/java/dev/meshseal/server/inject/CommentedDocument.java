package dev.meshseal.server.inject;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import org.snakeyaml.engine.v2.api.DumpSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.api.lowlevel.Present;
import org.snakeyaml.engine.v2.api.lowlevel.Serialize;
import org.snakeyaml.engine.v2.common.FlowStyle;
import org.snakeyaml.engine.v2.nodes.CollectionNode;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/**
 * One document with its comments, to be changed and written again. The YAML library has comments
 * only where it expects them, and fails on others with any kind of exception.
 */
record CommentedDocument(String text, Node root) {
  private static final DumpSettings WRITING =
      DumpSettings.builder()
          .setDumpComments(true)
          .setWidth(Integer.MAX_VALUE)
          .setSplitLines(false)
          .build();

  static CommentedDocument read(String text) {
    return new CommentedDocument(
        text, new Compose(Manifests.READING_COMMENTS).composeString(text).orElseThrow());
  }

  String write() {
    if (isFlow(root)) {
      openUp(root);
    }
    openWhereThereAreComments(root, Collections.newSetFromMap(new IdentityHashMap<>()));
    var events = new Serialize(WRITING).serializeOne(root);
    return Documents.head(text)
        + new Present(WRITING).emitToString(events.iterator())
        + Documents.foot(text);
  }

  private static boolean isFlow(Node node) {
    return node instanceof CollectionNode<?> collection
        && collection.getFlowStyle() == FlowStyle.FLOW;
  }

  /** JSON comes out as YAML, for nobody could read the one in the other. */
  private static void openUp(Node root) {
    for (var node : Trees.all(root)) {
      if (node instanceof CollectionNode<?> collection && !collection.getValue().isEmpty()) {
        collection.setFlowStyle(FlowStyle.BLOCK);
      }
    }
  }

  /** A comment ends a line, so what is in brackets around one is written in lines. */
  private static boolean openWhereThereAreComments(Node node, Set<Node> seen) {
    if (!seen.add(node)) {
      return false;
    }
    var isWithin = false;
    for (var inner : Trees.inner(node)) {
      isWithin |= openWhereThereAreComments(inner, seen);
      isWithin |= isCommented(inner);
    }
    if (isWithin && isFlow(node)) {
      ((CollectionNode<?>) node).setFlowStyle(FlowStyle.BLOCK);
    }
    switch (node) {
      case MappingNode mapping -> mapping.getValue().forEach(Trees::moveInlineComment);
      case SequenceNode sequence -> sequence.getValue().forEach(CommentedDocument::openItem);
      default -> {}
    }
    return isWithin;
  }

  // The library writes the comment before an item behind its dash, and brackets then on a line that
  // is no part of the item.
  private static void openItem(Node item) {
    if (isFlow(item) && Trees.has(item.getBlockComments()) && !Trees.values(item).isEmpty()) {
      ((CollectionNode<?>) item).setFlowStyle(FlowStyle.BLOCK);
    }
    Trees.moveInlineComment(item);
  }

  private static boolean isCommented(Node node) {
    return Trees.has(node.getInLineComments()) || Trees.has(node.getBlockComments());
  }
}
