package dev.meshseal.issuance;

import dev.meshseal.ca.BackendRef;
import dev.meshseal.ca.CaException;
import dev.meshseal.identity.DataplaneIdentity;
import dev.meshseal.x509.IdentityCertificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Notes why certificates were issued, what backends warned of, and what became of meshes. */
final class FakeObserver implements IssuanceObserver {
  final List<IssueCause> causes = new ArrayList<>();
  final List<String> warnings = new ArrayList<>();
  final List<String> refusals = new ArrayList<>();
  final List<String> forgotten = new ArrayList<>();

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

  @Override
  public void meshNotApplied(String mesh, CaException failure) {
    refusals.add(failure.getMessage());
  }

  @Override
  public void meshForgotten(String mesh) {
    forgotten.add(mesh);
  }
}
