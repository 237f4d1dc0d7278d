package dev.meshseal.testing;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;

/** Keeps what it is given until it is told to run. Thread-safe. */
public final class FakeExecutor implements Executor {
  private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();

  @Override
  public void execute(Runnable task) {
    tasks.add(task);
  }

  /** Runs everything, and what that brings. */
  public void runAll() {
    for (var task = tasks.poll(); task != null; task = tasks.poll()) {
      task.run();
    }
  }

  /** Runs one task, if there is one. */
  public void runNext() {
    var task = tasks.poll();
    if (task != null) {
      task.run();
    }
  }

  public int waiting() {
    return tasks.size();
  }
}
