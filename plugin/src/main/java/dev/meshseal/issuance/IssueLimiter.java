package dev.meshseal.issuance;

import dev.meshseal.ca.BackendRef;
import dev.meshseal.identity.DataplaneIdentity;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.random.RandomGenerator;

/**
 * Holds back issuance that would only fail again: each proxy waits twice as long after each
 * failure, and a backend at which many distinct proxies fail is left alone but for one probe.
 *
 * <p>Rate limiter libraries count requests; this counts distinct proxies, so that one broken proxy
 * cannot close a backend to the others. The numbers are Kuma's.
 */
public final class IssueLimiter {
  /**
   * @param baseBackoff after the first failure of a proxy
   * @param maxBackoff after many; also how long an open breaker lets no one through
   * @param breakerProxies distinct failing proxies that open a breaker; 0 for never
   */
  public record Limits(Duration baseBackoff, Duration maxBackoff, int breakerProxies) {
    public static final Limits DEFAULT =
        new Limits(Duration.ofSeconds(5), Duration.ofMinutes(5), 10);

    /** How long a failure counts towards the breaker. */
    Duration window() {
      return maxBackoff.multipliedBy(2);
    }
  }

  /** What an open breaker says. */
  public record OpenBreaker(Instant since, Instant nextProbe, int failingProxies) {}

  private record Failures(int count, Instant last, Instant until) {}

  private static final class BackendState {
    private final Map<DataplaneIdentity, Failures> failing = new HashMap<>();
    private Optional<OpenBreaker> breaker = Optional.empty();
  }

  private final Limits limits;
  private final InstantSource clock;
  private final RandomGenerator random;
  private final Map<BackendRef, BackendState> backends = new ConcurrentHashMap<>();

  public IssueLimiter(Limits limits, InstantSource clock, RandomGenerator random) {
    this.limits = limits;
    this.clock = clock;
    this.random = random;
  }

  /**
   * Whether a proxy may try now; if not, when it may ask again. A caller that may try must report
   * how it went.
   */
  Optional<Instant> heldUntil(BackendRef backend, DataplaneIdentity identity) {
    var state = backends.get(backend);
    if (state == null) {
      return Optional.empty();
    }
    var now = clock.instant();
    synchronized (state) {
      var own = Optional.ofNullable(state.failing.get(identity)).map(Failures::until);
      if (own.isPresent() && isToCome(own.get(), now)) {
        return own;
      }
      if (state.breaker.isPresent()) {
        var open = state.breaker.get();
        if (isToCome(open.nextProbe(), now)) {
          return Optional.of(jittered(open.nextProbe()));
        }
        // Half open: this proxy is the probe, the others wait for its result.
        state.breaker =
            Optional.of(
                new OpenBreaker(
                    open.since(), now.plus(limits.maxBackoff()), open.failingProxies()));
      }
      return Optional.empty();
    }
  }

  /**
   * Nobody is held back for longer than that: what lies further ahead was counted by a clock that
   * has been set back since.
   */
  private boolean isToCome(Instant end, Instant now) {
    return end.isAfter(now) && !end.isAfter(now.plus(limits.maxBackoff().multipliedBy(2)));
  }

  /** The backend answered: nobody is held back any more. */
  void succeeded(BackendRef backend, DataplaneIdentity identity) {
    var state = backends.get(backend);
    if (state == null) {
      return;
    }
    synchronized (state) {
      state.failing.remove(identity);
      state.breaker = Optional.empty();
      if (state.failing.isEmpty()) {
        backends.remove(backend, state);
      }
    }
  }

  /** Returns when the proxy may try again. */
  Instant failed(BackendRef backend, DataplaneIdentity identity) {
    var state = backends.computeIfAbsent(backend, id -> new BackendState());
    var now = clock.instant();
    synchronized (state) {
      state.failing.values().removeIf(old -> old.last().plus(limits.window()).isBefore(now));
      var before = state.failing.get(identity);
      var count = before == null ? 1 : before.count() + 1;
      var until = now.plus(backoff(count));
      state.failing.put(identity, new Failures(count, now, until));
      if (limits.breakerProxies() > 0 && state.failing.size() >= limits.breakerProxies()) {
        var since = state.breaker.map(OpenBreaker::since).orElse(now);
        state.breaker =
            Optional.of(
                new OpenBreaker(since, now.plus(limits.maxBackoff()), state.failing.size()));
      }
      return until;
    }
  }

  /** The backend is another now: what was counted against it no longer holds. */
  void forget(BackendRef backend) {
    backends.remove(backend);
  }

  /** The proxy is gone. */
  void forget(BackendRef backend, DataplaneIdentity identity) {
    var state = backends.get(backend);
    if (state != null) {
      synchronized (state) {
        state.failing.remove(identity);
        if (state.failing.isEmpty()) {
          backends.remove(backend, state);
        }
      }
    }
  }

  public Optional<OpenBreaker> breaker(BackendRef backend) {
    var state = backends.get(backend);
    if (state == null) {
      return Optional.empty();
    }
    synchronized (state) {
      return state.breaker;
    }
  }

  /** Proxies of a backend that failed last time. */
  public int failing(BackendRef backend) {
    var state = backends.get(backend);
    if (state == null) {
      return 0;
    }
    synchronized (state) {
      return state.failing.size();
    }
  }

  private Duration backoff(int failures) {
    var doubled = limits.baseBackoff().toMillis() << Math.min(failures - 1, 20);
    var capped = Math.min(doubled, limits.maxBackoff().toMillis());
    return Duration.ofMillis(Math.round(capped * (0.8 + 0.4 * random.nextDouble())));
  }

  /** Those who wait for a probe do not all come back in the same moment. */
  private Instant jittered(Instant probe) {
    return probe.plusMillis(random.nextLong(1 + limits.baseBackoff().toMillis()));
  }
}
