package dev.meshseal.mesh;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.regex.Pattern;

/**
 * The fields of one object of a document, each asked for by its name. What is missing or of the
 * wrong type is refused with its path, and a stand-in returned that nobody will see; what nobody
 * asked for is unknown.
 */
final class Fields {
  private static final Pattern PLAIN_NAME = Pattern.compile("[A-Za-z0-9_-]{1,80}");
  private static final Pattern WHOLE = Pattern.compile("[-+]?[0-9]{1,18}");

  private final YamlNode.Mapping mapping;
  private final String path;
  private final Findings findings;
  private final TreeSet<String> known = new TreeSet<>();

  Fields(YamlNode.Mapping mapping, String path, Findings findings) {
    this.mapping = mapping;
    this.path = path;
    this.findings = findings;
  }

  /** One step of a path: {@code .name}, or {@code ["name"]} where the name has other characters. */
  static String step(String name) {
    return PLAIN_NAME.matcher(name).matches() ? name : "[\"" + Words.shorten(name) + "\"]";
  }

  /** The same fields, with findings of their own. */
  Fields apart(Findings others) {
    return new Fields(mapping, path, others);
  }

  String path() {
    return path;
  }

  String path(String name) {
    var step = step(name);
    return path.isEmpty() || step.startsWith("[") ? path + step : path + "." + step;
  }

  Findings findings() {
    return findings;
  }

  void refuse(String name, String message) {
    findings.refuse(path(name), message);
  }

  /** What a field holds; a field that is null is not there. */
  Optional<YamlNode> node(String name) {
    known.add(name);
    return Optional.ofNullable(mapping.fields().get(name))
        .filter(node -> !(node instanceof YamlNode.Nothing));
  }

  boolean has(String name) {
    return node(name).isPresent();
  }

  /** A text of one line; an empty one is not there. */
  Optional<String> text(String name) {
    return node(name).flatMap(node -> text(path(name), node)).filter(text -> !text.isEmpty());
  }

  String requiredText(String name) {
    var node = node(name);
    if (node.isEmpty()) {
      refuse(name, "is missing");
    } else if (node.orElseThrow() instanceof YamlNode.Text text && text.value().isEmpty()) {
      refuse(name, "must not be empty");
    }
    return text(name).orElse("");
  }

  private Optional<String> text(String where, YamlNode node) {
    if (!(node instanceof YamlNode.Text text)) {
      findings.refuse(
          where, "must be a string, is %s%s".formatted(node.described(), quoteIt(node)));
      return Optional.empty();
    }
    if (!text.value().codePoints().allMatch(Words::isPlain)) {
      findings.refuse(where, "must be a text of one line, has control characters");
      return Optional.empty();
    }
    return Optional.of(text.value());
  }

  private static String quoteIt(YamlNode node) {
    return switch (node) {
      case YamlNode.Numeral number -> "; put it in quotes";
      case YamlNode.Flag flag -> "; put it in quotes";
      default -> "";
    };
  }

  /** A text of any content, not empty. Not shown in any message. */
  String requiredSecretText(String name) {
    var node = node(name).orElseGet(() -> new YamlNode.Nothing(0));
    if (!(node instanceof YamlNode.Text text)) {
      refuse(name, has(name) ? "must be a string, is " + node.kind() : "is missing");
      return "";
    }
    if (text.value().isBlank()) {
      refuse(name, "must not be empty");
    }
    return text.value();
  }

  Optional<Boolean> flag(String name) {
    return node(name)
        .flatMap(
            node -> {
              if (node instanceof YamlNode.Flag flag) {
                return Optional.of(flag.value());
              }
              refuse(name, "must be true or false, is %s".formatted(node.described()));
              return Optional.empty();
            });
  }

  Optional<Long> whole(String name) {
    return node(name)
        .flatMap(
            node -> {
              if (node instanceof YamlNode.Numeral number
                  && WHOLE.matcher(number.value()).matches()) {
                return Optional.of(Long.parseLong(number.value()));
              }
              refuse(name, "must be a whole number, is %s".formatted(node.described()));
              return Optional.empty();
            });
  }

  Optional<Fields> object(String name) {
    return node(name).flatMap(node -> object(path(name), node));
  }

  private Optional<Fields> object(String where, YamlNode node) {
    if (node instanceof YamlNode.Mapping inner) {
      return Optional.of(new Fields(inner, where, findings));
    }
    findings.refuse(where, "must be an object, is %s".formatted(node.kind()));
    return Optional.empty();
  }

  /** An object; one without fields where there is none. */
  Optional<Fields> objectOrEmpty(String name) {
    return has(name)
        ? object(name)
        : Optional.of(new Fields(new YamlNode.Mapping(0, Map.of()), path(name), findings));
  }

  /** The objects of a list, those that are none refused and left out. */
  List<Fields> objects(String name) {
    var objects = new ArrayList<Fields>();
    var items = items(name);
    for (var i = 0; i < items.size(); i++) {
      object(path(name) + "[" + i + "]", items.get(i)).ifPresent(objects::add);
    }
    return objects;
  }

  /** The texts of a list, each handed with its path to what may refuse it. */
  List<String> texts(String name, BiConsumer<String, String> check) {
    var texts = new ArrayList<String>();
    var items = items(name);
    for (var i = 0; i < items.size(); i++) {
      var where = path(name) + "[" + i + "]";
      text(where, items.get(i))
          .ifPresent(
              text -> {
                check.accept(where, text);
                texts.add(text);
              });
    }
    return texts;
  }

  private List<YamlNode> items(String name) {
    return node(name)
        .map(
            node -> {
              if (node instanceof YamlNode.Sequence list) {
                return list.items();
              }
              refuse(name, "must be a list, is %s".formatted(node.kind()));
              return List.<YamlNode>of();
            })
        .orElse(List.of());
  }

  /** All fields as texts, as tags have them. */
  Map<String, String> asTexts() {
    return asTexts("");
  }

  /** The fields whose names begin so, as texts; what the others hold is not looked at. */
  Map<String, String> asTexts(String prefix) {
    var texts = new LinkedHashMap<String, String>();
    mapping
        .fields()
        .forEach(
            (name, node) -> {
              if (name.startsWith(prefix)) {
                text(path(name), node).ifPresent(text -> texts.put(name, text));
              }
            });
    return texts;
  }

  /** The names of all fields there are. */
  List<String> names() {
    return List.copyOf(mapping.fields().keySet());
  }

  String shownNames() {
    return names().isEmpty()
        ? "none"
        : names().stream()
            .limit(20)
            .map(Words::quote)
            .collect(java.util.stream.Collectors.joining(", "));
  }

  /** The names of the fields that nobody has asked for. */
  List<String> unasked() {
    return names().stream().filter(name -> !known.contains(name)).toList();
  }

  /** Refuses the fields that nobody has asked for, saying which was meant where one is near. */
  void refuseUnknown() {
    for (var name : unasked()) {
      refuse(
          name,
          "is not a field here; "
              + Words.nearest(name, known)
                  .map("did you mean '%s'?"::formatted)
                  .orElseGet(() -> "the fields are " + String.join(", ", known)));
    }
  }
}
