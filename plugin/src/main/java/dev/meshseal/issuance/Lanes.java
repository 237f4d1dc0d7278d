package dev.meshseal.issuance;

import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;

/**
 * Where the work of backends runs.
 *
 * @param signing for what only computes: as many threads as there are cores
 * @param waiting for what may block: virtual threads
 */
public record Lanes(Executor signing, Executor waiting) {
  /** Calls under way at once to one backend on another machine. */
  private static final int REMOTE_CALLS = 16;

  /** Daemon threads, so that nothing has to be stopped. */
  public static Lanes start() {
    return new Lanes(
        Executors.newFixedThreadPool(
            Runtime.getRuntime().availableProcessors(),
            Thread.ofPlatform().name("meshseal-sign-", 0).daemon().factory()),
        Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("meshseal-call-", 0).factory()));
  }

  /** A lane of its own for one backend that answers over the network. */
  Executor remote() {
    var permits = new Semaphore(REMOTE_CALLS);
    return task ->
        waiting.execute(
            () -> {
              permits.acquireUninterruptibly();
              try {
                task.run();
              } finally {
                permits.release();
              }
            });
  }
}
