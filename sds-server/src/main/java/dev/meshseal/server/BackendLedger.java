package dev.meshseal.server;

import dev.meshseal.ca.BackendRef;
import dev.meshseal.ca.CaException;
import dev.meshseal.identity.DataplaneIdentity;
import dev.meshseal.issuance.IssuanceObserver;
import dev.meshseal.issuance.IssueCause;
import dev.meshseal.issuance.MeshStatus;
import dev.meshseal.x509.IdentityCertificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** How each backend did last: one small fact a backend, whatever the number of proxies. */
final class BackendLedger implements IssuanceObserver {
  private final InstantSource clock;
  private final Map<BackendRef, Facts> facts = new ConcurrentHashMap<>();
  private final Map<BackendRef, RecentRate> ends = new ConcurrentHashMap<>();
  private final Set<BackendRef> warned = ConcurrentHashMap.newKeySet();

  /**
   * @param lastLifetime what the last leaf really got
   * @param failure the last one, without a success since
   */
  record Facts(
      Optional<Instant> lastSuccess, Optional<Duration> lastLifetime, Optional<Failure> failure) {
    static final Facts NONE = new Facts(Optional.empty(), Optional.empty(), Optional.empty());
  }

  record Failure(CaException.Kind kind, String message, Instant since, int count) {}

  BackendLedger(InstantSource clock) {
    this.clock = clock;
  }

  Facts of(BackendRef backend) {
    return facts.getOrDefault(backend, Facts.NONE);
  }

  /** How long so many requests take, at the pace at which the last ones have ended. */
  Optional<Duration> remaining(BackendRef backend, int requests) {
    return Optional.ofNullable(ends.get(backend))
        .map(rate -> rate.perSecond(clock.instant()))
        .filter(perSecond -> perSecond > 0 && requests > 0)
        .map(perSecond -> Duration.ofMillis(Math.round(1_000 * requests / perSecond)));
  }

  private void ended(BackendRef backend, Instant at) {
    ends.computeIfAbsent(backend, key -> new RecentRate()).happened(at);
  }

  /** Whether this is the first warning of a backend since its Mesh was put in force. */
  boolean isNewWarning(BackendRef backend) {
    return warned.add(backend);
  }

  @Override
  public void meshApplied(MeshStatus status) {
    warned.removeIf(backend -> backend.mesh().equals(status.name()));
  }

  @Override
  public void meshForgotten(String mesh) {
    for (var known : List.of(facts.keySet(), ends.keySet(), warned)) {
      known.removeIf(backend -> backend.mesh().equals(mesh));
    }
  }

  @Override
  public void issued(
      BackendRef backend,
      DataplaneIdentity identity,
      IssueCause cause,
      IdentityCertificate certificate,
      Duration queued,
      Duration took) {
    var now = clock.instant();
    ended(backend, now);
    facts.put(
        backend,
        new Facts(
            Optional.of(now),
            Optional.of(Duration.between(now, certificate.expiresAt())),
            Optional.empty()));
  }

  @Override
  public void notIssued(
      BackendRef backend, DataplaneIdentity identity, IssueCause cause, CaException failure) {
    ended(backend, clock.instant());
    facts.compute(
        backend,
        (key, before) -> {
          var known = before == null ? Facts.NONE : before;
          var earlier = known.failure();
          return new Facts(
              known.lastSuccess(),
              known.lastLifetime(),
              Optional.of(
                  new Failure(
                      failure.kind(),
                      failure.getMessage(),
                      earlier.map(Failure::since).orElseGet(clock::instant),
                      earlier.map(Failure::count).orElse(0) + 1)));
        });
  }
}
