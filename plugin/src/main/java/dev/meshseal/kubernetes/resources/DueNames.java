package dev.meshseal.kubernetes.resources;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/** Names that are each due once, at a time of their own; what is put again is not due twice. */
final class DueNames {
  private final Map<String, Long> due = new HashMap<>();

  /** Due after this wait, or when it was due already, if that is sooner. */
  synchronized void put(String name, Duration wait) {
    due.merge(
        name, System.nanoTime() + wait.toNanos(), (one, other) -> one - other < 0 ? one : other);
    notifyAll();
  }

  /** Waits for the next. */
  synchronized String take() throws InterruptedException {
    while (true) {
      var now = System.nanoTime();
      var next =
          due.entrySet().stream()
              .min((one, other) -> Long.compare(one.getValue() - now, other.getValue() - now));
      if (next.isEmpty()) {
        wait();
        continue;
      }
      var left = next.get().getValue() - now;
      if (left <= 0) {
        due.remove(next.get().getKey());
        return next.get().getKey();
      }
      wait(left / 1_000_000, (int) (left % 1_000_000));
    }
  }
}
