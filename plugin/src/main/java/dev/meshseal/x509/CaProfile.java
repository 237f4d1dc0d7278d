package dev.meshseal.x509;

import java.time.Duration;

/**
 * What a certificate of an authority is made from.
 *
 * @param commonName what tells it from others, to people: the mesh
 * @param trustDomain the SPIFFE trust domain it stands for
 */
public record CaProfile(String commonName, String trustDomain, KeyType key, Duration lifetime) {
  public CaProfile {
    if (lifetime.isNegative() || lifetime.isZero()) {
      throw new IllegalArgumentException(
          "an authority's lifetime must be positive, is " + lifetime);
    }
  }
}
