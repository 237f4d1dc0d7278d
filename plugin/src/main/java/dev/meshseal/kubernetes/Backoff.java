package dev.meshseal.kubernetes;

import java.time.Duration;

/** How long to wait after so many failures in a row: twice as long each time, up to a limit. */
public record Backoff(Duration first, Duration longest) {
  public Duration after(int failures) {
    var doubled = first.multipliedBy(1L << Math.clamp(failures - 1L, 0, 20));
    return doubled.compareTo(longest) < 0 ? doubled : longest;
  }
}
