package dev.meshseal.x509;

import dev.meshseal.identity.DataplaneIdentity;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What an authority was asked for.
 *
 * @param commonName what the subject may hold; some authorities write one
 * @param dnsNames names beside the identity's URIs
 */
public record LeafRequest(
    DataplaneIdentity identity,
    Duration lifetime,
    Optional<String> commonName,
    List<String> dnsNames) {
  public LeafRequest {
    dnsNames = List.copyOf(dnsNames);
  }

  /** The identity's URIs, an empty subject, and nothing else. */
  public static LeafRequest of(DataplaneIdentity identity, Duration lifetime) {
    return new LeafRequest(identity, lifetime, Optional.empty(), List.of());
  }
}
