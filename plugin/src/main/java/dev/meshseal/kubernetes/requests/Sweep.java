package dev.meshseal.kubernetes.requests;

import dev.meshseal.kubernetes.ApiFailure;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.ListOptionsBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Deletes the requests that instances left behind which ended without warning. Each request says
 * until when somebody waits for it, so that what other replicas have under way is left alone.
 */
final class Sweep {
  /** Between the clocks of two replicas. */
  static final Duration SKEW = Duration.ofMinutes(2);

  /** What bears no deadline is not ours any more after this age. */
  private static final Duration OLD = Duration.ofHours(1);

  private static final Logger LOG = LoggerFactory.getLogger(Sweep.class);
  private static final Duration EVERY = Duration.ofMinutes(10);
  private static final long PAGE = 250;

  private final Writes writes;
  private final InstantSource clock;

  Sweep(Writes writes, InstantSource clock) {
    this.writes = writes;
    this.clock = clock;
  }

  /** Sweeps now and every few minutes, for as long as this thread is not interrupted. */
  void sweepForEver() {
    try {
      while (true) {
        sweep();
        Thread.sleep(EVERY);
      }
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }

  /** Returns how many were deleted. */
  int sweep() throws InterruptedException {
    int deleted = 0;
    try {
      Optional<String> next = Optional.empty();
      do {
        var page =
            writes
                .requests()
                .withLabel(Labels.MANAGED_BY, Labels.MESHSEAL)
                .list(
                    new ListOptionsBuilder()
                        .withLimit(PAGE)
                        .withContinue(next.orElse(null))
                        .build());
        for (var request : page.getItems()) {
          deleted += isOrphan(request) && deleted(request) ? 1 : 0;
        }
        next =
            Optional.ofNullable(page.getMetadata().getContinue()).filter(text -> !text.isEmpty());
      } while (next.isPresent());
    } catch (KubernetesClientException failure) {
      notSwept(ApiFailure.of(writes.call("list"), failure));
    }
    if (deleted > 0) {
      LOG.atInfo()
          .addKeyValue("deleted", deleted)
          .log("deleted requests to cert-manager that were left behind");
    }
    return deleted;
  }

  private static void notSwept(ApiFailure why) {
    // Where there is no cert-manager, nothing was left behind.
    var level = why.kind() == ApiFailure.Kind.NO_SUCH_RESOURCE ? Level.DEBUG : Level.WARN;
    LOG.atLevel(level)
        .addKeyValue("reason", why.message())
        .log("requests that other instances may have left behind were not looked for");
  }

  private boolean deleted(GenericKubernetesResource request) throws InterruptedException {
    var failure = writes.delete(String.valueOf(request.getMetadata().getName()));
    failure.ifPresent(
        one ->
            LOG.atWarn()
                .addKeyValue("request", request.getMetadata().getName())
                .addKeyValue("reason", one.message())
                .log("a request that was left behind could not be deleted"));
    return failure.isEmpty();
  }

  private boolean isOrphan(GenericKubernetesResource request) {
    return deadline(request).plus(SKEW).isBefore(clock.instant());
  }

  private Instant deadline(GenericKubernetesResource request) {
    var meta = request.getMetadata();
    var said =
        Optional.ofNullable(meta.getAnnotations())
            .map(annotations -> annotations.get(Labels.DEADLINE))
            .flatMap(Sweep::instant);
    return said.or(
            () ->
                Optional.ofNullable(meta.getCreationTimestamp())
                    .flatMap(Sweep::instant)
                    .map(created -> created.plus(OLD)))
        .orElse(clock.instant());
  }

  private static Optional<Instant> instant(String text) {
    try {
      return Optional.of(Instant.parse(text));
    } catch (DateTimeParseException odd) {
      return Optional.empty();
    }
  }
}
