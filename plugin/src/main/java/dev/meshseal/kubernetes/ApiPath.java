package dev.meshseal.kubernetes;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Where the objects of one kind are at the API server.
 *
 * @param group empty for the core group
 * @param resource the plural
 * @param namespace empty for what is cluster-scoped, or for all namespaces
 */
public record ApiPath(String group, String version, String resource, Optional<String> namespace) {
  private static final Pattern NAME = Pattern.compile("[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?");

  public static ApiPath of(String group, String version, String resource) {
    return new ApiPath(group, version, resource, Optional.empty());
  }

  public ApiPath in(String namespace) {
    return new ApiPath(group, version, resource, Optional.of(namespace));
  }

  /** Whether an object can have this name; what can not must never become part of a path. */
  public static boolean isName(String name) {
    return NAME.matcher(name).matches();
  }

  /** Of all objects. */
  String collection() {
    return root()
        + namespace.map(name -> "/namespaces/" + segment(name)).orElse("")
        + "/"
        + resource;
  }

  /** Of what tells which kinds there are. */
  String root() {
    return (group.isEmpty() ? "/api/" : "/apis/" + group + "/") + version;
  }

  /** Of one object. */
  String object(String name) {
    return collection() + "/" + segment(name);
  }

  /** What is asked for there, for messages. */
  public ApiCall call(String verb) {
    return new ApiCall(verb, group, resource, namespace, Optional.empty());
  }

  private static String segment(String name) {
    if (!isName(name)) {
      throw new IllegalArgumentException("no object of the API server can be so named");
    }
    return name;
  }
}
