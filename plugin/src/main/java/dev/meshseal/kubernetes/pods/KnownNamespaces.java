package dev.meshseal.kubernetes.pods;

import dev.meshseal.kubernetes.Follower;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Predicate;
import tools.jackson.databind.JsonNode;

/** The namespaces whose label names a mesh. Told on one thread, read on any. */
final class KnownNamespaces implements Follower {
  private final Consumer<Predicate<String>> changed;
  private Map<String, String> listing = Map.of();
  private volatile Map<String, String> meshes = new ConcurrentHashMap<>();

  /**
   * @param changed is told in which namespaces something has changed
   */
  KnownNamespaces(Consumer<Predicate<String>> changed) {
    this.changed = changed;
  }

  Optional<String> mesh(String namespace) {
    return Optional.ofNullable(meshes.get(namespace));
  }

  @Override
  public void listing() {
    listing = new ConcurrentHashMap<>();
  }

  @Override
  public void found(JsonNode namespace) {
    put(listing, namespace);
  }

  @Override
  public void listed() {
    meshes = listing;
    changed.accept(namespace -> true);
  }

  @Override
  public void changed(JsonNode namespace) {
    var name = name(namespace);
    var before = mesh(name);
    put(meshes, namespace);
    // Namespaces change often in what is none of our business.
    if (!before.equals(mesh(name))) {
      changed.accept(name::equals);
    }
  }

  /** Its pods are gone already, or will be: they keep their mesh until then. */
  @Override
  public void removed(JsonNode namespace) {
    meshes.remove(name(namespace));
  }

  private static void put(Map<String, String> into, JsonNode namespace) {
    PodFacts.text(namespace.path("metadata").path("labels").path(PodIdentity.MESH))
        .ifPresentOrElse(
            mesh -> into.put(name(namespace), mesh), () -> into.remove(name(namespace)));
  }

  private static String name(JsonNode namespace) {
    return namespace.path("metadata").path("name").asString("");
  }
}
