package dev.meshseal.kubernetes.requests;

import dev.meshseal.kubernetes.ApiFailure;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import tools.jackson.databind.JsonNode;

/**
 * Deletes the requests that instances left behind which ended without warning. Each request says
 * until when somebody waits for it, so that what other replicas have under way is left alone.
 */
final class Sweep {
  /** Between the clocks of two replicas. */
  static final Duration SKEW = Duration.ofMinutes(2);

  /** What bears no deadline is not ours any more after this age. */
  private static final Duration OLD = Duration.ofHours(1);

  private static final Duration LONGEST = Duration.ofDays(1);

  private static final Logger LOG = LoggerFactory.getLogger(Sweep.class);
  private static final Duration EVERY = Duration.ofMinutes(10);

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
        try {
          sweep();
        } catch (RuntimeException bug) {
          LOG.error("requests that were left behind could not be looked through", bug);
        }
        Thread.sleep(EVERY);
      }
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }

  /** Returns how many were deleted. */
  int sweep() throws InterruptedException {
    var orphans = new ArrayList<String>();
    writes.all(request -> orphan(request).ifPresent(orphans::add)).ifPresent(Sweep::notSwept);
    int deleted = 0;
    for (var orphan : orphans) {
      deleted += deleted(orphan) ? 1 : 0;
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

  private boolean deleted(String name) throws InterruptedException {
    var failure = writes.delete(name);
    failure.ifPresent(
        one ->
            LOG.atWarn()
                .addKeyValue("request", name)
                .addKeyValue("reason", one.message())
                .log("a request that was left behind could not be deleted"));
    return failure.isEmpty();
  }

  /** The name of one for whose end nobody waits. */
  private Optional<String> orphan(JsonNode request) {
    var metadata = request.path("metadata");
    return deadline(metadata).plus(SKEW).isBefore(clock.instant())
        ? Optional.of(metadata.path("name").asString(""))
        : Optional.empty();
  }

  private Instant deadline(JsonNode metadata) {
    var created = instant(metadata.path("creationTimestamp")).orElseGet(clock::instant);
    // Nobody waits for days: what says so was not written by us.
    return instant(metadata.path("annotations").path(Labels.DEADLINE))
        .filter(end -> end.isBefore(created.plus(LONGEST)))
        .orElseGet(() -> created.plus(OLD));
  }

  private static Optional<Instant> instant(JsonNode text) {
    try {
      return Optional.of(Instant.parse(text.asString("")));
    } catch (DateTimeParseException odd) {
      return Optional.empty();
    }
  }
}
