package dev.meshseal.server;

import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;

/** How often something happened in the last seconds; as small for many as for few. Thread-safe. */
final class RecentRate {
  private static final int SECONDS = 10;

  // Guarded by this: of the last seconds one count each, where second modulo SECONDS is the place.
  private final int[] counts = new int[SECONDS];
  private long newest;
  private Instant first = Instant.MIN;

  synchronized void happened(Instant at) {
    forget(at);
    if (total() == 0) {
      first = at;
    }
    counts[place(newest)]++;
  }

  /** Over the last ten seconds, or since it began, whichever is less. */
  synchronized double perSecond(Instant now) {
    forget(now);
    int total = total();
    if (total == 0) {
      return 0;
    }
    long millis = Math.min(SECONDS * 1_000L, Duration.between(first, now).toMillis());
    return total / Math.max(1, millis / 1e3);
  }

  private void forget(Instant now) {
    long second = Math.max(newest, now.getEpochSecond());
    for (long passed = Math.max(newest + 1, second - SECONDS + 1); passed <= second; passed++) {
      counts[place(passed)] = 0;
    }
    newest = second;
  }

  private int total() {
    return Arrays.stream(counts).sum();
  }

  private static int place(long second) {
    return (int) (second % SECONDS);
  }
}
