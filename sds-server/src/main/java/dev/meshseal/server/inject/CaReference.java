package dev.meshseal.server.inject;

import java.util.regex.Pattern;

/**
 * Where a pod finds what verifies the server: a key of a ConfigMap or a Secret of its own
 * namespace.
 */
public record CaReference(Kind kind, String name, String key) {
  /** In which kind of object. */
  public enum Kind {
    CONFIG_MAP,
    SECRET
  }

  /** What cert-manager and the chart call it. */
  private static final String KEY = "ca.crt";

  private static final Pattern NAME = Pattern.compile("[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?");
  private static final Pattern KEYS = Pattern.compile("[-._a-zA-Z0-9]{1,253}");

  public CaReference {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "the name of an object is 1 to 253 of a-z 0-9 and inner - ., got '%s'".formatted(name));
    }
    if (!KEYS.matcher(key).matches()) {
      throw new IllegalArgumentException(
          "a key is 1 to 253 of a-z A-Z 0-9 - . _, got '%s'".formatted(key));
    }
  }

  /** Reads {@code configmap/NAME[:KEY]} or {@code secret/NAME[:KEY]}. */
  public static CaReference parse(String text) {
    var slash = text.indexOf('/');
    var colon = text.indexOf(':', slash + 1);
    var name = colon < 0 ? text.substring(slash + 1) : text.substring(slash + 1, colon);
    var key = colon < 0 ? KEY : text.substring(colon + 1);
    return switch (slash < 0 ? "" : text.substring(0, slash)) {
      case "configmap" -> new CaReference(Kind.CONFIG_MAP, name, key);
      case "secret" -> new CaReference(Kind.SECRET, name, key);
      default ->
          throw new IllegalArgumentException(
              "must be configmap/NAME[:KEY] or secret/NAME[:KEY], got '%s'".formatted(text));
    };
  }
}
