package dev.meshseal.identity;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/** The URIs that one proxy's certificate carries, in their order, and nothing else. */
public record DataplaneIdentity(DataplaneId id, IdentityForm form, List<String> uris) {
  public DataplaneIdentity {
    uris = List.copyOf(uris);
    if (uris.isEmpty()) {
      throw new IllegalArgumentException("data plane '%s' has no identity".formatted(id));
    }
  }

  /** As Kuma orders them: the services sorted, then the tags sorted, then each tag's values. */
  static DataplaneIdentity kuma(Dataplane dataplane, String trustDomain) {
    var services = services(dataplane);
    if (services.isEmpty()) {
      throw new NoIdentityException(
          "data plane '%s' has neither tag '%s' nor a workload; give its Dataplane or its token one"
              .formatted(dataplane.id(), Tags.SERVICE));
    }
    var uris = new ArrayList<String>();
    services.forEach(service -> uris.add("spiffe://" + trustDomain + "/" + service));
    dataplane
        .tags()
        .values()
        .forEach((tag, values) -> values.forEach(value -> uris.add("kuma://" + tag + "/" + value)));
    return new DataplaneIdentity(dataplane.id(), IdentityForm.KUMA, uris);
  }

  /** The services of a proxy; a proxy without service tags is known by its workload. */
  static SortedSet<String> services(Dataplane dataplane) {
    var services = dataplane.tags().services();
    if (!services.isEmpty() || dataplane.workload().isEmpty()) {
      return services;
    }
    return Collections.unmodifiableSortedSet(
        new TreeSet<>(List.of(dataplane.workload().orElseThrow())));
  }

  @Override
  public String toString() {
    return id + " " + uris;
  }
}
