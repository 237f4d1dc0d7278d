package dev.meshseal.kubernetes;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.http.HttpClient;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The connection over which the API server is called: one of HTTP/2 for all calls, which costs the
 * API server less than one for each. Such a connection can be dead without knowing it, and would
 * take every call with it: after a call that got no answer the next ones have a new one.
 * Thread-safe.
 */
final class Calls implements AutoCloseable {
  /** Fewer than the streams that an API server lets a connection have. */
  private static final int AT_ONCE = 64;

  private final Supplier<KubernetesClient> open;
  private final Duration longest;
  private final Semaphore places = new Semaphore(AT_ONCE);
  private volatile KubernetesClient current;

  /**
   * @param longest no call takes longer
   */
  Calls(Supplier<KubernetesClient> open, Duration longest) {
    this.open = open;
    this.longest = longest;
    this.current = open.get();
  }

  /**
   * Blocks until it is answered.
   *
   * @throws KubernetesClientException if it is not, within the deadline
   */
  <T> T answer(Function<HttpClient, CompletableFuture<T>> call, Duration deadline) {
    var end = System.nanoTime() + deadline.toNanos();
    try {
      if (!places.tryAcquire(deadline.toNanos(), TimeUnit.NANOSECONDS)) {
        throw late(new TimeoutException("others are not answered either"));
      }
    } catch (InterruptedException stopped) {
      throw stopped(stopped);
    }
    try {
      return overCurrent(call, Duration.ofNanos(end - System.nanoTime()), deadline);
    } finally {
      places.release();
    }
  }

  // One that has waited for its place for long says nothing about the connection.
  private <T> T overCurrent(
      Function<HttpClient, CompletableFuture<T>> call, Duration left, Duration deadline) {
    var over = current;
    try {
      return await(call.apply(over.getHttpClient()), left);
    } catch (KubernetesClientException failed) {
      if (isSilence(failed.getCause()) && left.compareTo(deadline.dividedBy(2)) > 0) {
        replace(over);
      }
      throw failed;
    }
  }

  private static boolean isSilence(@Nullable Throwable cause) {
    return cause instanceof TimeoutException || cause instanceof HttpTimeoutException;
  }

  /**
   * Blocks for what is under way.
   *
   * @throws KubernetesClientException if it fails, or there is nothing within the deadline
   */
  static <T> T await(CompletableFuture<T> answer, Duration deadline) {
    try {
      return answer.get(deadline.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException silent) {
      answer.cancel(true);
      throw late(silent);
    } catch (ExecutionException failed) {
      throw late(failed.getCause());
    } catch (InterruptedException stopped) {
      answer.cancel(true);
      throw stopped(stopped);
    }
  }

  private static KubernetesClientException late(@Nullable Throwable cause) {
    return new KubernetesClientException("no answer", cause);
  }

  private static KubernetesClientException stopped(InterruptedException stopped) {
    Thread.currentThread().interrupt();
    return new KubernetesClientException("stopped while it was asked", stopped);
  }

  private synchronized void replace(KubernetesClient silent) {
    if (current.equals(silent)) {
      current = open.get();
      Thread.ofVirtual().name("meshseal-silent-connection").start(() -> closeAfterItsCalls(silent));
    }
  }

  private void closeAfterItsCalls(KubernetesClient silent) {
    try (silent) {
      Thread.sleep(longest);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public synchronized void close() {
    current.close();
  }
}
