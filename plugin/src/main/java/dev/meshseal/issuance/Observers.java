package dev.meshseal.issuance;

import dev.meshseal.ca.BackendRef;
import dev.meshseal.ca.CaException;
import dev.meshseal.identity.DataplaneIdentity;
import dev.meshseal.x509.IdentityCertificate;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Several observers as one. */
record Observers(List<IssuanceObserver> all) implements IssuanceObserver {
  Observers {
    all = List.copyOf(all);
  }

  @Override
  public void issued(
      BackendRef backend,
      DataplaneIdentity identity,
      IssueCause cause,
      IdentityCertificate certificate,
      Duration queued,
      Duration took) {
    all.forEach(one -> one.issued(backend, identity, cause, certificate, queued, took));
  }

  @Override
  public void notIssued(
      BackendRef backend, DataplaneIdentity identity, IssueCause cause, CaException failure) {
    all.forEach(one -> one.notIssued(backend, identity, cause, failure));
  }

  @Override
  public void warned(BackendRef backend, String warning) {
    all.forEach(one -> one.warned(backend, warning));
  }

  @Override
  public void meshApplied(MeshStatus status) {
    all.forEach(one -> one.meshApplied(status));
  }

  @Override
  public void waitsFor(BackendRef backend, Optional<String> sentence) {
    all.forEach(one -> one.waitsFor(backend, sentence));
  }

  @Override
  public void meshNotApplied(String mesh, CaException failure) {
    all.forEach(one -> one.meshNotApplied(mesh, failure));
  }

  @Override
  public void meshRemoved(String mesh) {
    all.forEach(one -> one.meshRemoved(mesh));
  }

  @Override
  public void meshForgotten(String mesh) {
    all.forEach(one -> one.meshForgotten(mesh));
  }
}
