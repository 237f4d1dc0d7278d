package dev.meshseal.kubernetes;

import java.util.Optional;

/**
 * What was asked of the API server, in the words of a Role.
 *
 * @param group empty for the core group
 * @param resource the plural, with the subresource where there is one
 * @param namespace empty for what is cluster-scoped, or asked of all namespaces
 */
public record ApiCall(
    String verb, String group, String resource, Optional<String> namespace, Optional<String> name) {
  public static ApiCall of(String verb, String group, String resource) {
    return new ApiCall(verb, group, resource, Optional.empty(), Optional.empty());
  }

  public ApiCall in(String namespace) {
    return new ApiCall(verb, group, resource, Optional.of(namespace), name);
  }

  public ApiCall named(String name) {
    return new ApiCall(verb, group, resource, namespace, Optional.of(name));
  }

  /** The same with another verb: who watches also lists. */
  ApiCall doing(String verb) {
    return new ApiCall(verb, group, resource, namespace, name);
  }

  /** The plural with its group, as {@code kubectl} takes it. */
  String qualifiedResource() {
    return group.isEmpty() ? resource : resource + "." + group;
  }

  /** Where, with a blank before it. */
  String place() {
    return namespace.map(" in namespace '%s'"::formatted).orElse("");
  }

  /** The Role that allows this. */
  String grant() {
    return "grant verb '%s' on '%s' of API group '%s' by a %s"
        .formatted(
            verb,
            resource,
            group,
            namespace
                .map(" in namespace '%s'"::formatted)
                .map("Role"::concat)
                .orElse("ClusterRole"));
  }

  @Override
  public String toString() {
    return verb + " " + qualifiedResource() + name.map(" '%s'"::formatted).orElse("") + place();
  }
}
