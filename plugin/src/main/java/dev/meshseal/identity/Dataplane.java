package dev.meshseal.identity;

import java.util.Optional;

/**
 * What is known of one proxy: its name, its tags and, where its platform tells, its workload and
 * service account. Never taken from what the proxy says of itself.
 */
public record Dataplane(
    DataplaneId id, Tags tags, Optional<String> workload, Optional<ServiceAccount> account) {

  public record ServiceAccount(String namespace, String name) {}

  public static Dataplane of(DataplaneId id, Tags tags) {
    return new Dataplane(id, tags, Optional.empty(), Optional.empty());
  }
}
