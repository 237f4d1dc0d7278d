package dev.meshseal.issuance;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A timer by the clock on the wall, on one thread. The JDK's scheduled executors count elapsed
 * time; certificates expire by the clock, which may be set or may have stood still with the
 * machine, so the wait is cut into pieces after which the clock is read again.
 */
public final class WallTimer implements Timer, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(WallTimer.class);
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(10);

  private final InstantSource clock;
  // Sorted, and cheap to take from anywhere: most alarms of a stream are cancelled, not rung.
  private final TreeSet<Entry> queue =
      new TreeSet<>(
          Comparator.comparing((Entry entry) -> entry.due)
              .thenComparingLong(entry -> entry.number));
  private final Thread thread;
  private long entries;
  private boolean closed;

  public WallTimer(InstantSource clock) {
    this.clock = clock;
    this.thread = Thread.ofPlatform().name("meshseal-timer").daemon().start(this::run);
  }

  @Override
  public Alarm at(Instant due, Runnable task) {
    synchronized (queue) {
      var entry = new Entry(due, entries++, task);
      queue.add(entry);
      if (queue.first() == entry) {
        queue.notifyAll();
      }
      return entry;
    }
  }

  private void run() {
    while (true) {
      Runnable task;
      synchronized (queue) {
        var next = first();
        while (!closed && (next == null || next.due.isAfter(clock.instant()))) {
          if (!await(next)) {
            return;
          }
          next = first();
        }
        if (closed || next == null) {
          return;
        }
        queue.remove(next);
        task = next.task;
      }
      try {
        task.run();
      } catch (RuntimeException | Error bug) {
        LOG.error("a timed task failed", bug);
      }
    }
  }

  private @Nullable Entry first() {
    return queue.isEmpty() ? null : queue.first();
  }

  private boolean await(@Nullable Entry next) {
    var wait =
        next == null
            ? LONGEST_WAIT.toMillis()
            : Math.clamp(
                Duration.between(clock.instant(), next.due).toMillis() + 1,
                1,
                LONGEST_WAIT.toMillis());
    try {
      queue.wait(wait);
      return true;
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  @Override
  public void close() {
    synchronized (queue) {
      closed = true;
      queue.notifyAll();
    }
    thread.interrupt();
  }

  private final class Entry implements Alarm {
    private final Instant due;
    private final long number;
    private final Runnable task;

    private Entry(Instant due, long number, Runnable task) {
      this.due = due;
      this.number = number;
      this.task = task;
    }

    @Override
    public void cancel() {
      synchronized (queue) {
        queue.remove(this);
      }
    }
  }
}
