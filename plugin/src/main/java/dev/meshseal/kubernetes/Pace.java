package dev.meshseal.kubernetes;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * How patiently the API server is followed.
 *
 * @param first the wait after the first failure; each wait is twice the one before it
 * @param longest no wait is longer
 * @param answer a call that has not been answered by then has failed
 * @param watch how long the API server is asked to keep a watch open; one that is silent for longer
 *     is dead, and that is how long it takes to notice
 */
public record Pace(Duration first, Duration longest, Duration answer, Duration watch) {
  public static final Pace DEFAULT =
      new Pace(
          Duration.ofMillis(500),
          Duration.ofSeconds(15),
          Cluster.CALL_TIMEOUT,
          Duration.ofMinutes(3));

  /** The wait after this many failures in a row, spread so that no two replicas come at once. */
  public Duration wait(int failures, RandomGenerator random) {
    var wait = new Backoff(first, longest).after(failures);
    return Duration.ofNanos((long) (wait.toNanos() * (0.5 + random.nextDouble() / 2)));
  }
}
