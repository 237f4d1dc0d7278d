package dev.meshseal.server.inject;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.CollectionEndEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.Node;

/**
 * The manifests of one file. Documents that are no workloads come out as they went in, byte by
 * byte; workloads keep their order, their comments and the way their values are written.
 */
public final class Manifests {
  /** As much as {@code kubectl} would send, and more. */
  private static final int LONGEST = 16 << 20;

  private static final int DEEPEST = 100;
  private static final LoadSettings READING = reading(false);
  static final LoadSettings READING_COMMENTS = reading(true);

  private static LoadSettings reading(boolean comments) {
    return LoadSettings.builder()
        .setParseComments(comments)
        .setCodePointLimit(LONGEST)
        .setAllowDuplicateKeys(false)
        .build();
  }

  private final Injector injector;
  private final List<String> notes = new ArrayList<>();
  private final List<String> problems = new ArrayList<>();
  private int workloads;

  public Manifests(Injection injection) {
    this.injector = new Injector(injection);
  }

  /** How many workloads have been given a sidecar. */
  public int workloads() {
    return workloads;
  }

  /** What the operator may want to know, a line each. */
  public List<String> notes() {
    return List.copyOf(notes);
  }

  /**
   * The documents of one file with the sidecar in every workload.
   *
   * @param file for messages
   * @throws InjectionException with everything that cannot be, of every document
   */
  public String inject(String file, String text) {
    var out = new StringBuilder();
    var number = 0;
    for (var document : Documents.of(text)) {
      number++;
      out.append(document(file + ":" + number, document));
    }
    if (!problems.isEmpty()) {
      throw new InjectionException(problems);
    }
    return out.toString();
  }

  private String document(String at, String text) {
    try {
      requireFlat(text);
      var root = new Compose(READING).composeString(text);
      return root.map(tree -> document(at, text, tree)).orElse(text);
    } catch (MarkedYamlEngineException malformed) {
      problems.add(
          "%s: is not YAML: %s%s"
              .formatted(
                  at,
                  malformed.getProblem(),
                  malformed
                      .getProblemMark()
                      .map(mark -> " (line %d of the document)".formatted(mark.getLine() + 1))
                      .orElse("")));
    } catch (YamlEngineException malformed) {
      problems.add("%s: is not YAML: %s".formatted(at, malformed.getMessage()));
    } catch (InjectionException refused) {
      refused.sentences().forEach(sentence -> problems.add(at + ": " + sentence));
    }
    return text;
  }

  // The composer calls itself: what is too deep must be found before.
  private static void requireFlat(String text) {
    var depth = 0;
    for (var event : new Parse(READING).parseString(text)) {
      if (event instanceof CollectionStartEvent && ++depth > DEEPEST) {
        throw new InjectionException("is nested more than %d levels deep".formatted(DEEPEST));
      } else if (event instanceof CollectionEndEvent) {
        depth--;
      }
    }
  }

  private String document(String at, String text, Node root) {
    var wanted = wanted(root);
    note(at, root, wanted);
    if (wanted.isEmpty()) {
      return text;
    }
    requireKeysOnce(root);
    requireNoAliases(root, wanted);
    inject(wanted);
    workloads += wanted.size();
    return withComments(text, root, wanted);
  }

  private void note(String at, Node root, List<Workload> wanted) {
    Stream.of(
            Resource.in(root).stream().flatMap(one -> Workload.passedOver(one).stream()),
            workloads(root).stream()
                .filter(Injector::isOptedOut)
                .map("%s asks to be left alone"::formatted),
            wanted.stream().flatMap(workload -> injector.notes(workload).stream()))
        .flatMap(sentences -> sentences)
        .forEach(sentence -> notes.add(at + ": " + sentence));
  }

  private void inject(List<Workload> wanted) {
    var refusals = new ArrayList<String>();
    for (var workload : wanted) {
      try {
        injector.inject(workload);
      } catch (InjectionException refused) {
        refusals.addAll(refused.sentences());
      }
    }
    if (!refusals.isEmpty()) {
      throw new InjectionException(refusals);
    }
  }

  // The library has comments only where it expects them, and fails in many ways on others.
  private String withComments(String text, Node injected, List<Workload> wanted) {
    try {
      var document = CommentedDocument.read(text);
      inject(wanted(document.root()));
      var written = document.write();
      if (isSame(injected, written)) {
        return written;
      }
    } catch (RuntimeException failed) {
      throw new InjectionException(commentsOf(wanted), failed);
    }
    throw new InjectionException(commentsOf(wanted));
  }

  private static boolean isSame(Node injected, String written) {
    return new Compose(READING)
        .composeString(written)
        .filter(root -> Trees.isSame(injected, root))
        .isPresent();
  }

  private static String commentsOf(List<Workload> workloads) {
    return ("%s: a comment stands where it cannot be kept; write each on a line of its own, outside"
            + " of [ ] and { }")
        .formatted(workloads.stream().map(Workload::toString).collect(Collectors.joining(", ")));
  }

  private static List<Workload> wanted(Node root) {
    return workloads(root).stream().filter(workload -> !Injector.isOptedOut(workload)).toList();
  }

  private static List<Workload> workloads(Node document) {
    return Resource.in(document).stream().flatMap(one -> Workload.of(one).stream()).toList();
  }

  // Readers differ in which of two they take.
  private static void requireKeysOnce(Node root) {
    for (var node : Trees.all(root)) {
      Trees.twice(node)
          .ifPresent(
              key -> {
                throw new InjectionException(
                    "key '%s' stands twice in one place; remove one of them".formatted(key));
              });
    }
  }

  // What stands in two places cannot be changed in one.
  private static void requireNoAliases(Node root, List<Workload> workloads) {
    var seen = Collections.<Node>newSetFromMap(new IdentityHashMap<>());
    var twice = Collections.<Node>newSetFromMap(new IdentityHashMap<>());
    Deque<Node> open = new ArrayDeque<>(List.of(root));
    while (!open.isEmpty()) {
      for (var inner : Trees.values(open.pop())) {
        if (seen.add(inner)) {
          open.push(inner);
        } else {
          twice.add(inner);
        }
      }
    }
    for (var workload : workloads) {
      if (touched(workload).stream().anyMatch(node -> twice.contains(node) || isMerging(node))) {
        throw new InjectionException(
            "%s: a part that the sidecar goes into is written by a YAML alias; write it out"
                .formatted(workload));
      }
    }
  }

  private static Set<Node> touched(Workload workload) {
    var touched = new HashSet<Node>(Set.of(workload.pod()));
    var metadata = Trees.field(workload.pod(), "metadata");
    var spec = Trees.field(workload.pod(), "spec");
    metadata.ifPresent(touched::add);
    spec.ifPresent(touched::add);
    metadata.flatMap(node -> Trees.field(node, "labels")).ifPresent(touched::add);
    for (var list : List.of("containers", "initContainers", "volumes")) {
      spec.flatMap(node -> Trees.field(node, list)).ifPresent(touched::add);
    }
    return touched;
  }

  private static boolean isMerging(Node node) {
    return Trees.field(node, "<<").isPresent();
  }

  /** The texts of several files as one. */
  public static String join(List<String> texts) {
    var all = new StringBuilder();
    for (var text : texts) {
      var last = Optional.of(all).filter(some -> !some.isEmpty());
      if (last.isPresent()) {
        all.append(all.charAt(all.length() - 1) == '\n' ? "" : "\n");
        all.append(Documents.separator(text));
      }
      all.append(text);
    }
    return all.toString();
  }
}
