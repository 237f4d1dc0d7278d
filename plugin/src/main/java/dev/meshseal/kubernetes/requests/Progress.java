package dev.meshseal.kubernetes.requests;

import java.time.Duration;
import java.util.Locale;
import java.util.Optional;

/**
 * How far a herd of requests is worked off. A herd begins with the first request after none was
 * under way.
 *
 * @param done of this herd, however they ended
 * @param perSecond over the last seconds
 */
public record Progress(int queued, int inFlight, long done, double perSecond) {
  /** All of this herd so far. */
  public long total() {
    return done + inFlight + queued;
  }

  /** When the last of those that are known now will be done; empty while nothing is. */
  public Optional<Duration> remaining() {
    return perSecond <= 0
        ? Optional.empty()
        : Optional.of(Duration.ofMillis(Math.round(1_000 * (queued + inFlight) / perSecond)));
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "%,d of %,d requests ended, %s",
        done,
        total(),
        remaining()
            .map(
                rest ->
                    String.format(
                        Locale.ROOT,
                        "%.0f a second, done in about %d s",
                        perSecond,
                        rest.plusMillis(999).toSeconds()))
            .orElse("none in the last seconds"));
  }
}
