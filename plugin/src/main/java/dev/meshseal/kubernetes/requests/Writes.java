package dev.meshseal.kubernetes.requests;

import dev.meshseal.kubernetes.ApiCall;
import dev.meshseal.kubernetes.ApiFailure;
import dev.meshseal.kubernetes.Cluster;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.GenericKubernetesResourceList;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.NonNamespaceOperation;
import io.fabric8.kubernetes.client.dsl.Resource;
import java.time.Duration;
import java.util.Optional;

/**
 * Creates, reads and deletes requests. What passes by itself is tried again; an API server that
 * asks to be left alone is left alone by all. Blocks; thread-safe.
 */
final class Writes {
  private static final Duration THROTTLED_AT_LEAST = Duration.ofSeconds(1);

  /** How long an API server that has just started may not know our rights. */
  private static final Duration WITHOUT_RIGHTS = Duration.ofSeconds(20);

  private final Cluster cluster;
  private volatile boolean hadTheRight;
  private volatile long leftAloneUntil = System.nanoTime();

  Writes(Cluster cluster) {
    this.cluster = cluster;
  }

  NonNamespaceOperation<
          GenericKubernetesResource,
          GenericKubernetesResourceList,
          Resource<GenericKubernetesResource>>
      requests() {
    return cluster
        .client()
        .genericKubernetesResources(RequestManifest.RESOURCE)
        .inNamespace(cluster.systemNamespace());
  }

  ApiCall call(String verb) {
    return ApiCall.of(verb, RequestManifest.GROUP, RequestManifest.PLURAL)
        .in(cluster.systemNamespace());
  }

  /** Returns why it could not be created, once it is no use to try again. */
  Optional<ApiFailure> create(GenericKubernetesResource request, Duration patience)
      throws InterruptedException {
    var begun = System.nanoTime();
    for (int failures = 1; ; failures++) {
      leaveAlone();
      var failure = attempt(call("create"), () -> requests().resource(request).create());
      if (failure.isEmpty() || wasThereBefore(failure.get(), failures)) {
        hadTheRight = true;
        return Optional.empty();
      }
      var wait = waitAfter(failure.get(), failures);
      var end = Duration.ofNanos(System.nanoTime() - begun).plus(wait);
      if (end.compareTo(patience(failure.get(), patience)) > 0) {
        return failure;
      }
      Thread.sleep(wait);
    }
  }

  private Duration patience(ApiFailure failure, Duration patience) {
    if (failure.kind().passes()) {
      return patience;
    }
    boolean mayPass = failure.kind() == ApiFailure.Kind.FORBIDDEN && hadTheRight;
    return mayPass ? WITHOUT_RIGHTS : Duration.ZERO;
  }

  // An attempt that went unanswered may have succeeded; nobody else makes our names.
  private static boolean wasThereBefore(ApiFailure failure, int failures) {
    return failure.kind() == ApiFailure.Kind.ALREADY_EXISTS && failures > 1;
  }

  /** Returns why it could not be deleted, if it still may be there. */
  Optional<ApiFailure> delete(String name) throws InterruptedException {
    leaveAlone();
    var failure = attempt(call("delete"), () -> requests().withName(name).delete());
    failure.ifPresent(one -> waitAfter(one, 1));
    return failure.filter(one -> one.kind() != ApiFailure.Kind.NOT_FOUND);
  }

  /** The request as it is now, listed, so that no further right is needed; empty if unknown. */
  Optional<GenericKubernetesResource> read(String name) {
    try {
      return requests().withField("metadata.name", name).list().getItems().stream().findFirst();
    } catch (KubernetesClientException unreadable) {
      return Optional.empty();
    }
  }

  private static Optional<ApiFailure> attempt(ApiCall call, Runnable write) {
    try {
      write.run();
      return Optional.empty();
    } catch (KubernetesClientException failure) {
      return Optional.of(ApiFailure.of(call, failure));
    }
  }

  private Duration waitAfter(ApiFailure failure, int failures) {
    var backoff = Backoff.OF_CALLS.after(failures);
    if (failure.kind() != ApiFailure.Kind.THROTTLED) {
      return backoff;
    }
    var wait = failure.retryAfter().orElse(THROTTLED_AT_LEAST);
    var longer = wait.compareTo(backoff) < 0 ? backoff : wait;
    leftAloneUntil = System.nanoTime() + longer.toNanos();
    return longer;
  }

  private void leaveAlone() throws InterruptedException {
    var wait = leftAloneUntil - System.nanoTime();
    if (wait > 0) {
      Thread.sleep(Duration.ofNanos(wait));
    }
  }
}
