package dev.meshseal.kubernetes.requests;

import dev.meshseal.kubernetes.ApiException;
import dev.meshseal.kubernetes.ApiFailure;
import dev.meshseal.kubernetes.ApiPath;
import dev.meshseal.kubernetes.Backoff;
import dev.meshseal.kubernetes.Cluster;
import dev.meshseal.kubernetes.JsonApi;
import dev.meshseal.kubernetes.Selection;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;

/**
 * Creates, reads and deletes requests. What passes by itself is tried again; an API server that
 * asks to be left alone is left alone by all. Blocks; thread-safe.
 */
final class Writes {
  /** Between two attempts at the same. */
  static final Backoff BETWEEN_CALLS = new Backoff(Duration.ofMillis(200), Duration.ofSeconds(10));

  private static final Duration THROTTLED_AT_LEAST = Duration.ofSeconds(1);

  /** How long an API server that has just started may not know our rights. */
  private static final Duration WITHOUT_RIGHTS = Duration.ofSeconds(20);

  private final JsonApi api;
  private final ApiPath requests;
  private volatile boolean hadTheRight;
  private volatile long leftAloneUntil = System.nanoTime();

  Writes(Cluster cluster) {
    this.api = new JsonApi(cluster);
    this.requests = RequestManifest.PATH.in(cluster.systemNamespace());
  }

  /** Returns why it could not be created, once it is no use to try again. */
  Optional<ApiFailure> create(JsonNode request, Duration patience) throws InterruptedException {
    var begun = System.nanoTime();
    for (int failures = 1; ; failures++) {
      var rest = patience.minusNanos(System.nanoTime() - begun);
      if (leftAloneFor().compareTo(rest) > 0) {
        return Optional.of(leftAlone());
      }
      leaveAlone();
      var failure = attempt(() -> api.create(requests, request));
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
    var failure = attempt(() -> api.delete(requests, name));
    failure.ifPresent(one -> waitAfter(one, 1));
    return failure;
  }

  /** The request as it is now, listed, so that no further right is needed; empty if unknown. */
  Optional<JsonNode> read(String name) {
    try {
      return api.findListed(requests, name);
    } catch (ApiException unreadable) {
      return Optional.empty();
    }
  }

  /** Hands on every request of ours, whichever instance made it; returns why not all, if so. */
  Optional<ApiFailure> all(Consumer<JsonNode> each) {
    var ours = Selection.labelled(Map.of(Labels.MANAGED_BY, Labels.MESHSEAL));
    return attempt(() -> api.list(requests, ours, each));
  }

  private static Optional<ApiFailure> attempt(Runnable call) {
    try {
      call.run();
      return Optional.empty();
    } catch (ApiException failure) {
      return Optional.of(failure.failure());
    }
  }

  private Duration waitAfter(ApiFailure failure, int failures) {
    var backoff = BETWEEN_CALLS.after(failures);
    if (failure.kind() != ApiFailure.Kind.THROTTLED) {
      return backoff;
    }
    var wait = failure.retryAfter().orElse(THROTTLED_AT_LEAST);
    var longer = wait.compareTo(backoff) < 0 ? backoff : wait;
    leftAloneUntil = System.nanoTime() + longer.toNanos();
    return longer;
  }

  private Duration leftAloneFor() {
    return Duration.ofNanos(Math.max(0, leftAloneUntil - System.nanoTime()));
  }

  private ApiFailure leftAlone() {
    return new ApiFailure(
        ApiFailure.Kind.THROTTLED,
        "the API server asked not to be asked for another %d s"
            .formatted(leftAloneFor().toSeconds() + 1),
        Optional.of(leftAloneFor()));
  }

  private void leaveAlone() throws InterruptedException {
    Thread.sleep(leftAloneFor());
  }
}
