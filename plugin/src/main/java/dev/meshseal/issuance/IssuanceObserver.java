package dev.meshseal.issuance;

import dev.meshseal.ca.BackendRef;
import dev.meshseal.ca.CaException;
import dev.meshseal.identity.DataplaneIdentity;
import dev.meshseal.x509.IdentityCertificate;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Hears of everything issuance does, for logs and metrics. Called from any thread; must not block.
 */
public interface IssuanceObserver {
  IssuanceObserver NONE = new IssuanceObserver() {};

  /** Tells each of them, in this order. */
  static IssuanceObserver all(List<IssuanceObserver> observers) {
    return new Observers(observers);
  }

  /**
   * @param queued between the cause and the call
   * @param took the call itself
   */
  default void issued(
      BackendRef backend,
      DataplaneIdentity identity,
      IssueCause cause,
      IdentityCertificate certificate,
      Duration queued,
      Duration took) {}

  default void notIssued(
      BackendRef backend, DataplaneIdentity identity, IssueCause cause, CaException failure) {}

  /** A backend that issues says that it will not for long. Called with every certificate. */
  default void warned(BackendRef backend, String warning) {}

  /** A Mesh is in force, perhaps not for the first time. */
  default void meshApplied(MeshStatus status) {}

  /**
   * What the enabled backend of a Mesh in force waits for.
   *
   * @param sentence why it cannot issue; empty where nothing is known that keeps it from that
   */
  default void waitsFor(BackendRef backend, Optional<String> sentence) {}

  /** A Mesh could not be put in force; what was in force before still is. */
  default void meshNotApplied(String mesh, CaException failure) {}

  /** A Mesh was taken away. Its proxies may still hold leaves, and what is under way still ends. */
  default void meshRemoved(String mesh) {}

  /** Nobody has anything of a removed Mesh any more: what is known of it is of no use. */
  default void meshForgotten(String mesh) {}
}
