package dev.meshseal.testing;

import dev.meshseal.issuance.Timer;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** A clock that stands still until it is moved, and the timer that goes by it. */
public final class FakeTime implements InstantSource, Timer {
  public static final Instant NOON = Instant.parse("2026-11-23T12:00:00Z");

  private final List<Entry> entries = new ArrayList<>();
  private long numbers;
  private Instant now = NOON;

  /** Numbered, so that no two are equal. */
  private record Entry(long number, Instant due, Runnable task) {}

  @Override
  public synchronized Instant instant() {
    return now;
  }

  @Override
  public synchronized Alarm at(Instant due, Runnable task) {
    var entry = new Entry(numbers++, due, task);
    entries.add(entry);
    return () -> remove(entry);
  }

  private synchronized void remove(Entry entry) {
    entries.remove(entry);
  }

  /** Moves the clock, stopping at each alarm on the way. */
  public void advance(Duration by) {
    var end = instant().plus(by);
    for (var next = take(end); next.isPresent(); next = take(end)) {
      next.get().task().run();
    }
    set(end);
  }

  private synchronized Optional<Entry> take(Instant end) {
    var next =
        entries.stream()
            .filter(entry -> !entry.due().isAfter(end))
            .min(Comparator.comparing(Entry::due));
    next.ifPresent(
        entry -> {
          entries.remove(entry);
          if (entry.due().isAfter(now)) {
            now = entry.due();
          }
        });
    return next;
  }

  /** Sets the clock without ringing anything, as an administrator would. */
  public synchronized void set(Instant instant) {
    now = instant;
  }

  public synchronized int alarms() {
    return entries.size();
  }
}
