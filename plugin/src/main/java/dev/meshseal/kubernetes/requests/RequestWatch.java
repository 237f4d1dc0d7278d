package dev.meshseal.kubernetes.requests;

import dev.meshseal.ca.certmanager.Outcome;
import dev.meshseal.ca.certmanager.Outcome.Standing;
import dev.meshseal.kubernetes.ApiCall;
import dev.meshseal.kubernetes.ApiFailure;
import dev.meshseal.kubernetes.Cluster;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * One watch for all requests of this instance. It goes on through disconnects, restarts of the API
 * server and resource versions that are too old: it lists again. Thread-safe.
 */
final class RequestWatch implements AutoCloseable {
  /** A request that somebody waits for. */
  static final class Expected {
    private final String name;
    private final long since = System.nanoTime();
    private final CompletableFuture<Outcome> end = new CompletableFuture<>();
    private volatile Standing standing = new Standing.NotApproved();

    private Expected(String name) {
      this.name = name;
    }

    Optional<Outcome> await(long millis) throws InterruptedException {
      try {
        return Optional.of(end.get(millis, TimeUnit.MILLISECONDS));
      } catch (TimeoutException notYet) {
        return Optional.empty();
      } catch (ExecutionException impossible) {
        throw new IllegalStateException(impossible);
      }
    }

    /** It has waited long enough. */
    Outcome late() {
      return late(standing);
    }

    private Outcome late(Standing last) {
      return new Outcome.TimedOut(name, Duration.ofNanos(System.nanoTime() - since), last);
    }

    /** Returns whether this says more than was known. */
    boolean tell(RequestStatus status) {
      boolean news = !status.standing().equals(standing) && status.end().isEmpty();
      standing = status.end().isPresent() ? standing : status.standing();
      return status.end().map(end::complete).orElse(news);
    }

    void end(Outcome outcome) {
      end.complete(outcome);
    }

    void gone() {
      end.complete(late(new Standing.Gone()));
    }
  }

  private final Cluster cluster;
  private final String instance;
  private final Map<String, Expected> expected = new ConcurrentHashMap<>();

  // Guarded by this.
  private @Nullable SharedIndexInformer<GenericKubernetesResource> informer;
  private @Nullable CompletableFuture<Void> started;
  private boolean closed;

  private volatile Optional<ApiFailure> failure = Optional.empty();

  RequestWatch(Cluster cluster, String instance) {
    this.cluster = cluster;
    this.instance = instance;
  }

  /**
   * Waits until the watch runs; starts it the first time. While it once ran and is interrupted, it
   * counts as running: it catches up.
   *
   * @return why it does not run
   */
  Optional<ApiFailure> start() throws InterruptedException {
    var starting = starting();
    if (starting.isEmpty()) {
      return Optional.of(
          new ApiFailure(ApiFailure.Kind.UNAVAILABLE, "the server stops", Optional.empty()));
    }
    try {
      starting.get().get(Cluster.CALL_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
      return Optional.empty();
    } catch (TimeoutException | ExecutionException notYet) {
      return Optional.of(
          failure.orElseGet(
              () ->
                  new ApiFailure(
                      ApiFailure.Kind.UNREACHABLE,
                      "the API server did not answer to %s within %d s"
                          .formatted(call("watch"), Cluster.CALL_TIMEOUT.toSeconds()),
                      Optional.empty())));
    }
  }

  /** Empty once this is closed. */
  private synchronized Optional<CompletableFuture<Void>> starting() {
    if (closed || (started != null && !started.isCompletedExceptionally())) {
      return closed ? Optional.empty() : Optional.ofNullable(started);
    }
    var fresh =
        cluster
            .client()
            .genericKubernetesResources(RequestManifest.RESOURCE)
            .inNamespace(cluster.systemNamespace())
            .withLabels(
                Map.of(Labels.MANAGED_BY, Labels.MESHSEAL, Labels.INSTANCE, Labels.value(instance)))
            .runnableInformer(0)
            .addEventHandler(new Events())
            .exceptionHandler(this::goOnAfter);
    informer = fresh;
    var starting = fresh.start().toCompletableFuture();
    started = starting;
    return Optional.of(starting);
  }

  private boolean goOnAfter(boolean hasStarted, Throwable thrown) {
    failure = Optional.of(ApiFailures.of(call("watch"), thrown));
    // One that never ran is started anew by the next request, so that each is told what is wrong.
    return hasStarted;
  }

  /** The watch seems deaf: starts another. */
  synchronized void startAgain() {
    stopInformer();
    started = null;
  }

  private ApiCall call(String verb) {
    return ApiCall.of(verb, RequestManifest.GROUP, RequestManifest.PLURAL)
        .in(cluster.systemNamespace());
  }

  /** From now on what happens to a request of this name is noted. */
  Expected expect(String name) {
    var one = new Expected(name);
    expected.put(name, one);
    return one;
  }

  void forget(String name) {
    expected.remove(name);
  }

  private synchronized void stopInformer() {
    if (informer != null) {
      informer.stop();
      informer = null;
    }
  }

  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      stopInformer();
    }
    expected
        .values()
        .forEach(
            one ->
                one.end(
                    new Outcome.NotCreated(
                        dev.meshseal.ca.CaException.Kind.UNAVAILABLE, "the server stops")));
  }

  private final class Events implements ResourceEventHandler<GenericKubernetesResource> {
    @Override
    public void onAdd(GenericKubernetesResource request) {
      find(request).ifPresent(one -> one.tell(RequestStatus.of(request)));
    }

    @Override
    public void onUpdate(GenericKubernetesResource before, GenericKubernetesResource request) {
      onAdd(request);
    }

    @Override
    public void onDelete(GenericKubernetesResource request, boolean finalStateUnknown) {
      find(request).ifPresent(Expected::gone);
    }

    private Optional<Expected> find(GenericKubernetesResource request) {
      return Optional.ofNullable(expected.get(String.valueOf(request.getMetadata().getName())));
    }
  }
}
