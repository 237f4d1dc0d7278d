package dev.meshseal.mesh;

import java.io.StringReader;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.DocumentEndEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.MappingEndEvent;
import org.snakeyaml.engine.v2.events.MappingStartEvent;
import org.snakeyaml.engine.v2.events.NodeEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.events.SequenceEndEvent;
import org.snakeyaml.engine.v2.events.SequenceStartEvent;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.ReaderException;
import org.snakeyaml.engine.v2.parser.ParserImpl;
import org.snakeyaml.engine.v2.scanner.StreamReader;

/**
 * The text of one YAML document (YAML 1.2, core schema) → its tree.
 *
 * <p>It is built from the parser's events, so that an alias costs what it expands to, and a
 * document that is too large or too deep is left at once, wherever it goes on to.
 */
final class YamlReader {
  /** Nodes a document may have once its aliases are expanded. */
  static final int MAX_NODES = 20_000;

  static final int MAX_DEPTH = 64;

  private static final Pattern NOTHING = Pattern.compile("~|null|Null|NULL|");
  private static final Pattern FLAG = Pattern.compile("true|True|TRUE|false|False|FALSE");
  private static final Pattern NUMBER =
      Pattern.compile(
          "[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+"
              + "|[-+]?(\\.[0-9]+|[0-9]+(\\.[0-9]*)?)([eE][-+]?[0-9]+)?"
              + "|[-+]?\\.(inf|Inf|INF)|\\.(nan|NaN|NAN)");
  private static final String TAGS = "tag:yaml.org,2002:";

  /** A document that is not read to its end. */
  static final class BrokenYamlException extends Exception {
    private static final long serialVersionUID = 1L;

    BrokenYamlException(String message) {
      super(message);
    }
  }

  private final ParserImpl parser;
  private final int firstLine;
  private final Findings findings;
  private final Map<String, YamlNode> anchors = new HashMap<>();
  private final Set<String> unfinished = new HashSet<>();
  private int nodes;

  private YamlReader(String text, int firstLine, Findings findings) {
    var settings = settings(text.length());
    this.parser = new ParserImpl(settings, new StreamReader(settings, new StringReader(text)));
    this.firstLine = firstLine;
    this.findings = findings;
  }

  /** The parser's buffer grows by its own size: one that is small makes long words slow. */
  private static LoadSettings settings(int length) {
    return LoadSettings.builder()
        .setBufferSize(Math.max(length, 1_024))
        .setCodePointLimit(Documents.MAX_BYTES + 1)
        .build();
  }

  /** A document's root, and how many nodes it has with its aliases expanded. */
  record Tree(YamlNode root, int nodes) {}

  /**
   * Reads one document; what is wrong with single fields goes to the findings.
   *
   * @param firstLine the line of the file where the text begins, counted from 1
   * @throws BrokenYamlException if it is not YAML, or too large or too deep; with line and column
   */
  static Tree read(String text, int firstLine, Findings findings) throws BrokenYamlException {
    try {
      var reader = new YamlReader(text, firstLine, findings);
      return new Tree(reader.document(), reader.nodes);
    } catch (MarkedYamlEngineException malformed) {
      // Its message would show the lines around the place, and a key may stand there.
      var where = malformed.getProblemMark().or(malformed::getContextMark);
      throw broken(
          where.map(mark -> at(mark, firstLine)).orElse("line " + firstLine),
          "is not YAML: " + Words.shorten(String.valueOf(malformed.getProblem())));
    } catch (ReaderException unprintable) {
      throw broken(
          "line " + lineAt(text, unprintable.getPosition(), firstLine),
          "has the character U+%04X, which YAML forbids".formatted(unprintable.getCodePoint()));
    } catch (RuntimeException unexpected) {
      // The parser throws whatever its JDK calls throw, for instance on escapes out of range.
      throw broken("line " + firstLine, "is not YAML: the parser gives up on it");
    }
  }

  private static BrokenYamlException broken(String where, String message) {
    return new BrokenYamlException(where + ": " + message);
  }

  private static String at(Mark mark, int firstLine) {
    return "line %d, column %d".formatted(firstLine + mark.getLine(), mark.getColumn() + 1);
  }

  private static int lineAt(String text, int position, int firstLine) {
    var before = text.codePoints().limit(Math.max(position, 0)).filter(point -> point == '\n');
    return firstLine + (int) before.count();
  }

  private YamlNode document() throws BrokenYamlException {
    Optional<YamlNode> root = Optional.empty();
    while (parser.hasNext()) {
      var event = parser.next();
      if (event instanceof NodeEvent node) {
        root = Optional.of(node(node, Path.ROOT, 1));
      } else if (event instanceof DocumentEndEvent) {
        anchors.clear();
      }
    }
    return root.orElseGet(() -> new YamlNode.Nothing(firstLine));
  }

  private YamlNode node(NodeEvent event, Path path, int depth) throws BrokenYamlException {
    if (event instanceof AliasEvent alias) {
      return expanded(alias, depth);
    }
    charge(event, depth);
    var anchor = event.getAnchor().map(name -> name.getValue());
    anchor.ifPresent(unfinished::add);
    var node =
        switch (event) {
          case MappingStartEvent start -> mapping(start, path, depth);
          case SequenceStartEvent start -> sequence(start, path, depth);
          case ScalarEvent scalar -> scalar(scalar, path);
          default -> throw new IllegalStateException("a node that YAML does not have: " + event);
        };
    anchor.ifPresent(
        name -> {
          unfinished.remove(name);
          anchors.put(name, node);
        });
    return node;
  }

  private void charge(Event event, int depth) throws BrokenYamlException {
    if (depth > MAX_DEPTH) {
      throw broken(where(event), "is nested more than %d levels deep".formatted(MAX_DEPTH));
    }
    if (++nodes > MAX_NODES) {
      throw broken(
          where(event),
          "has more than %d values with its aliases expanded; split it, or write less by alias"
              .formatted(MAX_NODES));
    }
  }

  private YamlNode expanded(AliasEvent alias, int depth) throws BrokenYamlException {
    var name = alias.getAlias().getValue();
    if (unfinished.contains(name)) {
      throw broken(where(alias), "the alias *%s contains itself".formatted(Words.shorten(name)));
    }
    var node = anchors.get(name);
    if (node == null) {
      throw broken(where(alias), "there is no anchor &%s before it".formatted(Words.shorten(name)));
    }
    chargeAll(node, alias, depth);
    return node;
  }

  private void chargeAll(YamlNode node, AliasEvent alias, int depth) throws BrokenYamlException {
    charge(alias, depth);
    if (node instanceof YamlNode.Mapping mapping) {
      for (var field : mapping.fields().values()) {
        charge(alias, depth);
        chargeAll(field, alias, depth + 1);
      }
    } else if (node instanceof YamlNode.Sequence sequence) {
      for (var item : sequence.items()) {
        chargeAll(item, alias, depth + 1);
      }
    }
  }

  private YamlNode mapping(MappingStartEvent start, Path path, int depth)
      throws BrokenYamlException {
    requireTag(start, "map", path);
    var fields = new LinkedHashMap<String, YamlNode>();
    for (var event = parser.next(); !(event instanceof MappingEndEvent); event = parser.next()) {
      var key = key((NodeEvent) event, path, depth);
      var inner = path.field(key.orElse("?"));
      var value = node((NodeEvent) parser.next(), inner, depth + 1);
      if (key.isPresent() && fields.putIfAbsent(key.orElseThrow(), value) != null) {
        findings.refuse(
            inner.toString(),
            "stands twice, on line %d and on line %d; remove one of them"
                .formatted(fields.get(key.orElseThrow()).line(), line(event)));
      }
    }
    return new YamlNode.Mapping(line(start), fields);
  }

  /** A key as a string; empty, and refused, where it is none. */
  private Optional<String> key(NodeEvent event, Path path, int depth) throws BrokenYamlException {
    var key = node(event, path, depth + 1);
    if (!(key instanceof YamlNode.Text text)) {
      findings.refuse(
          path.toString(),
          "has a key on line %d that is %s; a key must be a string"
              .formatted(line(event), key.described()));
      return Optional.empty();
    }
    if (text.value().equals("<<") && event instanceof ScalarEvent scalar && scalar.isPlain()) {
      findings.refuse(
          path.toString(),
          "has a merge key (<<) on line %d, which YAML 1.2 does not know; write the fields out"
              .formatted(line(event)));
      return Optional.empty();
    }
    return Optional.of(text.value());
  }

  private YamlNode sequence(SequenceStartEvent start, Path path, int depth)
      throws BrokenYamlException {
    requireTag(start, "seq", path);
    var items = new ArrayList<YamlNode>();
    for (var event = parser.next(); !(event instanceof SequenceEndEvent); event = parser.next()) {
      items.add(node((NodeEvent) event, path.item(items.size()), depth + 1));
    }
    return new YamlNode.Sequence(line(start), items);
  }

  private void requireTag(CollectionStartEvent start, String expected, Path path) {
    start
        .getTag()
        .filter(tag -> !tag.equals(TAGS + expected) && !tag.equals("!"))
        .ifPresent(tag -> refuseTag(tag, start, path));
  }

  private YamlNode scalar(ScalarEvent scalar, Path path) {
    var line = line(scalar);
    var value = scalar.getValue();
    var tag = scalar.getTag().filter(given -> !given.equals("!") || !scalar.isPlain());
    if (tag.isPresent() || scalar.getTag().isPresent() || !scalar.isPlain()) {
      tag.filter(given -> !given.equals("!") && !given.equals(TAGS + "str"))
          .ifPresent(given -> refuseTag(given, scalar, path));
      return new YamlNode.Text(line, value);
    }
    if (NOTHING.matcher(value).matches()) {
      return new YamlNode.Nothing(line);
    }
    if (FLAG.matcher(value).matches()) {
      return new YamlNode.Flag(line, value.equalsIgnoreCase("true"));
    }
    return NUMBER.matcher(value).matches()
        ? new YamlNode.Numeral(line, value)
        : new YamlNode.Text(line, value);
  }

  private void refuseTag(String tag, NodeEvent event, Path path) {
    findings.refuse(
        path.toString(),
        "has the YAML tag %s on line %d, which is not supported; write the value without it"
            .formatted(Words.quote(tag.replace(TAGS, "!!")), line(event)));
  }

  private int line(Event event) {
    return firstLine + event.getStartMark().map(Mark::getLine).orElse(0);
  }

  private String where(Event event) {
    return event.getStartMark().map(mark -> at(mark, firstLine)).orElse("line " + firstLine);
  }

  /** Where in a document; spelt out only when something is refused there. */
  private record Path(Optional<Path> parent, String step) {
    static final Path ROOT = new Path(Optional.empty(), "");

    Path field(String name) {
      return new Path(Optional.of(this), Fields.step(name));
    }

    Path item(int index) {
      return new Path(Optional.of(this), "[" + index + "]");
    }

    @Override
    public String toString() {
      var above = parent.map(Path::toString).orElse("");
      return above.isEmpty() || step.startsWith("[") ? above + step : above + "." + step;
    }
  }
}
