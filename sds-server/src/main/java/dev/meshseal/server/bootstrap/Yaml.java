package dev.meshseal.server.bootstrap;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Maps, lists, strings, numbers and booleans as YAML that people can read.
 *
 * <p>A string is written bare only where no reader of YAML 1.1 or 1.2 can take it for something
 * else; all others are quoted as in JSON, and texts of several printable lines are blocks.
 */
final class Yaml {
  private static final Pattern BARE = Pattern.compile("[A-Za-z_/][A-Za-z0-9_./-]*");
  private static final Set<String> NOT_STRINGS =
      Set.of("true", "false", "yes", "no", "on", "off", "y", "n", "null", "nan", "inf");
  private static final Pattern BLOCK = Pattern.compile("([!-~][ -~]*\n)+");

  private final StringBuilder out = new StringBuilder();

  private Yaml() {}

  static String write(Map<String, ?> document) {
    var yaml = new Yaml();
    yaml.map(document, 0);
    return yaml.out.toString();
  }

  /** A map in the order of its arguments: key, value, key, value. */
  static Map<String, Object> map(Object... keysAndValues) {
    var map = new LinkedHashMap<String, Object>();
    for (var i = 0; i < keysAndValues.length; i += 2) {
      map.put((String) keysAndValues[i], keysAndValues[i + 1]);
    }
    return map;
  }

  private void map(Map<?, ?> map, int indent) {
    for (var entry : map.entrySet()) {
      indent(indent);
      entry(entry, indent);
    }
  }

  private void entry(Map.Entry<?, ?> entry, int indent) {
    out.append(scalar((String) entry.getKey())).append(':');
    var value = entry.getValue();
    if (value instanceof Map<?, ?> map && !map.isEmpty()) {
      out.append('\n');
      map(map, indent + 2);
    } else if (value instanceof List<?> list && !list.isEmpty()) {
      out.append('\n');
      list(list, indent);
    } else if (value instanceof String text && BLOCK.matcher(text).matches()) {
      block(text, indent + 2);
    } else {
      out.append(' ').append(inline(value)).append('\n');
    }
  }

  private void list(List<?> list, int indent) {
    for (var item : list) {
      indent(indent);
      out.append("- ");
      if (item instanceof Map<?, ?> map && !map.isEmpty()) {
        firstEntryBesideTheDash(map, indent + 2);
      } else {
        out.append(inline(item)).append('\n');
      }
    }
  }

  private void firstEntryBesideTheDash(Map<?, ?> map, int indent) {
    Iterator<? extends Map.Entry<?, ?>> entries = map.entrySet().iterator();
    entry(entries.next(), indent);
    while (entries.hasNext()) {
      indent(indent);
      entry(entries.next(), indent);
    }
  }

  private void block(String text, int indent) {
    out.append(" |\n");
    text.lines()
        .forEach(
            line -> {
              indent(indent);
              out.append(line).append('\n');
            });
  }

  private void indent(int spaces) {
    out.repeat(' ', spaces);
  }

  private static String inline(Object value) {
    return switch (value) {
      case Map<?, ?> map -> "{}";
      case List<?> list -> "[]";
      case Number number -> number.toString();
      case Boolean bool -> bool.toString();
      case String text -> scalar(text);
      default -> throw new IllegalArgumentException("no YAML for a " + value.getClass());
    };
  }

  private static String scalar(String text) {
    return BARE.matcher(text).matches() && !NOT_STRINGS.contains(text.toLowerCase(Locale.ROOT))
        ? text
        : quoted(text);
  }

  private static String quoted(String text) {
    var quoted = new StringBuilder("\"");
    text.chars()
        .forEach(
            c -> {
              switch (c) {
                case '"' -> quoted.append("\\\"");
                case '\\' -> quoted.append("\\\\");
                case '\n' -> quoted.append("\\n");
                default -> {
                  if (c >= ' ' && c <= '~') {
                    quoted.append((char) c);
                  } else {
                    quoted.append("\\u%04x".formatted(c));
                  }
                }
              }
            });
    return quoted.append('"').toString();
  }
}
