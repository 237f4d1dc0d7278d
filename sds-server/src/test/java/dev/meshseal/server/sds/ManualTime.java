package dev.meshseal.server.sds;

import dev.meshseal.issuance.Timer;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** A clock and its timer that stand still until a test moves them. Thread-safe. */
final class ManualTime implements InstantSource, Timer {
  static final Instant NOON = Instant.parse("2026-06-01T12:00:00Z");

  private final List<Task> tasks = new ArrayList<>();
  private Instant now = NOON;

  private record Task(Instant due, Runnable run) {}

  @Override
  public synchronized Instant instant() {
    return now;
  }

  @Override
  public synchronized Alarm at(Instant due, Runnable run) {
    var task = new Task(due, run);
    tasks.add(task);
    return () -> cancel(task);
  }

  private synchronized void cancel(Task task) {
    tasks.remove(task);
  }

  synchronized int pending() {
    return tasks.size();
  }

  void pass(Duration time) {
    due(time).forEach(task -> task.run().run());
  }

  private synchronized List<Task> due(Duration time) {
    now = now.plus(time);
    var due =
        tasks.stream()
            .filter(task -> !task.due().isAfter(now))
            .sorted(Comparator.comparing(Task::due))
            .toList();
    tasks.removeAll(due);
    return due;
  }
}
