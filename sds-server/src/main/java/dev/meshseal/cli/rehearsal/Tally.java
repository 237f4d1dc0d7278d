package dev.meshseal.cli.rehearsal;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** Counts what has come, for one who waits for it. Thread-safe. */
final class Tally {
  private final Semaphore came = new Semaphore(0);

  void add() {
    came.release();
  }

  /** Takes so many away when they have come; fewer when the time is over. Returns how many. */
  int take(int wanted, Duration within) throws InterruptedException {
    if (came.tryAcquire(wanted, Math.max(0, within.toMillis()), TimeUnit.MILLISECONDS)) {
      return wanted;
    }
    return Math.min(wanted, came.drainPermits());
  }
}
