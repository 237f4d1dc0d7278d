package dev.meshseal.identity;

import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/** The tags of a proxy, each with its values; both sorted, so that equal tags make equal names. */
public record Tags(SortedMap<String, SortedSet<String>> values) {
  /** The tag that names the services of a proxy. */
  public static final String SERVICE = "kuma.io/service";

  public static final Tags NONE = new Tags(new TreeMap<>());

  public Tags {
    var copy = new TreeMap<String, SortedSet<String>>();
    values.forEach(
        (tag, set) -> copy.put(tag, Collections.unmodifiableSortedSet(new TreeSet<>(set))));
    values = Collections.unmodifiableSortedMap(copy);
  }

  public static Tags of(Map<String, ? extends Set<String>> values) {
    var sorted = new TreeMap<String, SortedSet<String>>();
    values.forEach((tag, set) -> sorted.put(tag, new TreeSet<>(set)));
    return new Tags(sorted);
  }

  public static Tags service(String service) {
    return of(Map.of(SERVICE, Set.of(service)));
  }

  public SortedSet<String> services() {
    return values.getOrDefault(SERVICE, Collections.emptySortedSet());
  }

  public boolean isEmpty() {
    return values.isEmpty();
  }
}
