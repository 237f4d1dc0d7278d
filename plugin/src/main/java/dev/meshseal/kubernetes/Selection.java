package dev.meshseal.kubernetes;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Which objects of a kind are meant.
 *
 * @param fields a field selector; empty for all
 * @param labels a label selector; empty for all
 */
public record Selection(Optional<String> fields, Optional<String> labels) {
  public static final Selection ALL = new Selection(Optional.empty(), Optional.empty());

  /** The one object of this name, if it is there; to list it takes no right to get it. */
  public static Selection named(String name) {
    return ofFields("metadata.name=" + name);
  }

  public static Selection ofFields(String selector) {
    return new Selection(Optional.of(selector), Optional.empty());
  }

  /** Those that bear all of these labels. */
  public static Selection labelled(Map<String, String> labels) {
    var selector =
        new TreeMap<>(labels)
            .entrySet().stream()
                .map(label -> label.getKey() + "=" + label.getValue())
                .collect(Collectors.joining(","));
    return new Selection(Optional.empty(), Optional.of(selector));
  }

  /** Parameters of a query, each behind an ampersand. */
  String query() {
    return fields.map(selector -> "&fieldSelector=" + encoded(selector)).orElse("")
        + labels.map(selector -> "&labelSelector=" + encoded(selector)).orElse("");
  }

  static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }
}
