package dev.meshseal.issuance;

import java.time.Instant;

/** Runs things when their time has come. Thread-safe. */
public interface Timer {
  /** Runs a short task at or soon after an instant, once, unless cancelled before. */
  Alarm at(Instant due, Runnable task);

  /** A task that has not run yet. */
  interface Alarm {
    void cancel();
  }
}
