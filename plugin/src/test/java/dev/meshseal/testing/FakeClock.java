package dev.meshseal.testing;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/** Stands still until it is told to move. Thread-safe. */
public final class FakeClock implements InstantSource {
  public static final Instant NOON = Instant.parse("2026-11-24T12:00:00Z");

  private Instant now;

  public FakeClock(Instant now) {
    this.now = now;
  }

  public static FakeClock atNoon() {
    return new FakeClock(NOON);
  }

  public synchronized void advance(Duration by) {
    now = now.plus(by);
  }

  public synchronized void set(Instant instant) {
    now = instant;
  }

  @Override
  public synchronized Instant instant() {
    return now;
  }
}
