package dev.meshseal.kubernetes.pods;

import dev.meshseal.kubernetes.Follower;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Predicate;
import tools.jackson.databind.JsonNode;

/** The Services that can select pods, by namespace. Told on one thread, read on any. */
final class KnownServices implements Follower {
  private final Consumer<Predicate<String>> changed;
  private Map<String, Map<String, SelectingService>> listing = Map.of();
  private volatile Map<String, Map<String, SelectingService>> known = new ConcurrentHashMap<>();

  /**
   * @param changed is told in which namespaces something may have changed
   */
  KnownServices(Consumer<Predicate<String>> changed) {
    this.changed = changed;
  }

  Collection<SelectingService> in(String namespace) {
    var here = known.get(namespace);
    return here == null ? List.of() : here.values();
  }

  @Override
  public void listing() {
    listing = new ConcurrentHashMap<>();
  }

  @Override
  public void found(JsonNode service) {
    put(listing, service);
  }

  @Override
  public void listed() {
    known = listing;
    changed.accept(namespace -> true);
  }

  @Override
  public void changed(JsonNode service) {
    put(known, service);
    tell(service);
  }

  @Override
  public void removed(JsonNode service) {
    remove(known, service);
    tell(service);
  }

  private void tell(JsonNode service) {
    changed.accept(PodName.of(service).namespace()::equals);
  }

  private static void put(Map<String, Map<String, SelectingService>> into, JsonNode service) {
    SelectingService.of(service)
        .ifPresentOrElse(
            one ->
                into.computeIfAbsent(one.namespace(), name -> new ConcurrentHashMap<>())
                    .put(one.name(), one),
            () -> remove(into, service));
  }

  private static void remove(Map<String, Map<String, SelectingService>> from, JsonNode service) {
    var name = PodName.of(service);
    from.computeIfPresent(
        name.namespace(),
        (namespace, services) -> {
          services.remove(name.name());
          return services.isEmpty() ? null : services;
        });
  }
}
