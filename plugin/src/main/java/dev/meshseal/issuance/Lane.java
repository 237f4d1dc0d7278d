package dev.meshseal.issuance;

import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Where the work of one backend is done; knows how much of it there is. Thread-safe.
 *
 * <p>Each is itself only, whatever it counts.
 */
public final class Lane implements Executor {
  private final Executor executor;
  private final AtomicInteger waiting = new AtomicInteger();
  private final AtomicInteger working = new AtomicInteger();

  public Lane(Executor executor) {
    this.executor = executor;
  }

  @Override
  public void execute(Runnable task) {
    waiting.incrementAndGet();
    try {
      executor.execute(() -> run(task));
    } catch (RuntimeException refused) {
      waiting.decrementAndGet();
      throw refused;
    }
  }

  private void run(Runnable task) {
    waiting.decrementAndGet();
    working.incrementAndGet();
    try {
      task.run();
    } finally {
      working.decrementAndGet();
    }
  }

  /** Requests that wait for their turn. */
  public int waiting() {
    return waiting.get();
  }

  /** Requests that the authority works on. */
  public int working() {
    return working.get();
  }
}
