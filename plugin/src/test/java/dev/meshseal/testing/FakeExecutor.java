package dev.meshseal.testing;

import java.util.Deque;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.Executor;

/** Keeps what it is given until it is told to run. Thread-safe. */
public final class FakeExecutor implements Executor {
  private final Deque<Runnable> tasks = new ConcurrentLinkedDeque<>();

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

  /** Runs the task that came last, as if those before it were stuck. */
  public void runLast() {
    tasks.removeLast().run();
  }

  public int waiting() {
    return tasks.size();
  }
}
