package dev.meshseal.server.sds;

import dev.meshseal.x509.IdentityCertificate;
import dev.meshseal.x509.TrustBundle;
import java.util.Optional;
import java.util.SortedMap;

/** What is served under a name. Equal values make the same bytes. */
sealed interface SecretValue {
  record Identity(IdentityCertificate certificate) implements SecretValue {}

  record Roots(TrustBundle bundle) implements SecretValue {}

  /** The roots of many meshes, in one list. */
  record Pooled(SortedMap<String, TrustBundle> byTrustDomain) implements SecretValue {}

  /** The roots of many meshes, each good for its own trust domain only. */
  record Separate(SortedMap<String, TrustBundle> byTrustDomain) implements SecretValue {}

  default Optional<String> serial() {
    return this instanceof Identity identity
        ? Optional.of(identity.certificate().serial())
        : Optional.empty();
  }
}
