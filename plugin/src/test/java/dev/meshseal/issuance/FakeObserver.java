package dev.meshseal.issuance;

import dev.meshseal.ca.BackendRef;
import dev.meshseal.identity.DataplaneIdentity;
import dev.meshseal.x509.IdentityCertificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Notes why certificates were issued, and what backends warned of. */
final class FakeObserver implements IssuanceObserver {
  final List<IssueCause> causes = new ArrayList<>();
  final List<String> warnings = new ArrayList<>();

  @Override
  public void issued(
      BackendRef backend,
      DataplaneIdentity identity,
      IssueCause cause,
      IdentityCertificate certificate,
      Duration queued,
      Duration took) {
    causes.add(cause);
  }

  @Override
  public void warned(BackendRef backend, String warning) {
    warnings.add(backend.name() + ": " + warning);
  }
}
