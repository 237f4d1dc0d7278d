package dev.meshseal.kubernetes.requests;

import dev.meshseal.kubernetes.ApiFailure;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Deletes requests that have ended, beside those who wait for certificates, until each is gone.
 * What cannot be deleted is kept in mind and tried again; when too many are left over, that is told
 * to whoever would create more. Thread-safe.
 */
final class Deletions implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Deletions.class);
  private static final int ATTEMPTS = 4;
  private static final Duration AGAIN = Duration.ofSeconds(30);

  private final Writes writes;
  private final int mostLeftOver;
  private final ExecutorService threads =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("meshseal-delete-", 0).factory());
  private final Set<String> leftOver = ConcurrentHashMap.newKeySet();
  private volatile Optional<ApiFailure> failure = Optional.empty();

  Deletions(Writes writes, int mostLeftOver) {
    this.writes = writes;
    this.mostLeftOver = mostLeftOver;
  }

  /** Returns at once; {@code then} runs when the request is gone or was given up for now. */
  void delete(String name, Runnable then) {
    threads.execute(
        () -> {
          try {
            delete(name);
          } finally {
            then.run();
          }
        });
  }

  private void delete(String name) {
    try {
      for (int attempt = 1; attempt <= ATTEMPTS; attempt++) {
        var failed = writes.delete(name);
        if (failed.isEmpty()) {
          leftOver.remove(name);
          return;
        }
        failure = failed;
        Thread.sleep(Writes.BETWEEN_CALLS.after(attempt));
      }
      leave(name);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      leftOver.add(name);
    }
  }

  private void leave(String name) {
    // The first of many says it; the others stand behind it.
    if (leftOver.add(name) && leftOver.size() == 1) {
      LOG.atWarn()
          .addKeyValue("request", name)
          .addKeyValue("reason", failure.map(ApiFailure::message).orElse(""))
          .log("a request to cert-manager could not be deleted; it is tried again");
    }
  }

  /** Why no more requests should be created, if so. */
  Optional<String> refusal() {
    return leftOver.size() < mostLeftOver
        ? Optional.empty()
        : Optional.of(
            "%d requests that have ended could not be deleted, and no more are created until they are: %s"
                .formatted(leftOver.size(), failure.map(ApiFailure::message).orElse("")));
  }

  int leftOver() {
    return leftOver.size();
  }

  /** Tries again what is left over, for as long as this thread is not interrupted. */
  void tryAgainForEver() {
    try {
      while (true) {
        Thread.sleep(AGAIN);
        for (var name : Set.copyOf(leftOver)) {
          tryAgain(name);
        }
      }
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }

  private void tryAgain(String name) throws InterruptedException {
    try {
      if (writes.delete(name).isEmpty()) {
        leftOver.remove(name);
      }
    } catch (RuntimeException bug) {
      LOG.error("a request to cert-manager could not be deleted", bug);
    }
  }

  /** Gives up what is still being deleted. */
  @Override
  public void close() {
    threads.shutdownNow();
  }
}
