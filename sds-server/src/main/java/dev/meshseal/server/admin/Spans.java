package dev.meshseal.server.admin;

import java.time.Duration;
import java.time.Instant;

/** Spans of time as people say them: the largest unit that is at least two of it. */
public final class Spans {
  private Spans() {}

  /** {@code in 3 h}, {@code 5 min ago}. */
  public static String from(Instant now, Instant then) {
    return then.isBefore(now)
        ? of(Duration.between(then, now)) + " ago"
        : "in " + of(Duration.between(now, then));
  }

  /** {@code 90 s}, {@code 47 h}, {@code 41 d}. */
  public static String of(Duration span) {
    var seconds = span.abs().toSeconds();
    if (seconds < 120) {
      return seconds + " s";
    }
    if (seconds < 2 * 3600) {
      return seconds / 60 + " min";
    }
    return seconds < 2 * 86_400 ? seconds / 3600 + " h" : seconds / 86_400 + " d";
  }
}
