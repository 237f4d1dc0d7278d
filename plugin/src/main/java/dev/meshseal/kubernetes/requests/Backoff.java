package dev.meshseal.kubernetes.requests;

import java.time.Duration;

/** How long to wait after so many failures in a row: twice as long each time, up to a limit. */
record Backoff(Duration first, Duration longest) {
  static final Backoff OF_CALLS = new Backoff(Duration.ofMillis(200), Duration.ofSeconds(10));

  Duration after(int failures) {
    var doubled = first.multipliedBy(1L << Math.min(Math.max(failures - 1, 0), 20));
    return doubled.compareTo(longest) < 0 ? doubled : longest;
  }
}
