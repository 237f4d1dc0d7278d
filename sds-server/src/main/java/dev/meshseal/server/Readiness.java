package dev.meshseal.server;

import dev.meshseal.issuance.MeshStatus;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Whether this server should be sent work. A server that has become ready stays so until it drains:
 * whatever becomes of a mesh, an authority or the API server then, what is known is served, and
 * replicas that all became unready at once would leave every proxy without a server. Thread-safe;
 * never blocks.
 */
final class Readiness {
  /** One authority that does not answer must not keep the other meshes from being served. */
  static final Duration LONGEST_OPENING = Duration.ofSeconds(10);

  private final Supplier<List<String>> startingUp;
  private final Supplier<List<MeshStatus>> meshes;
  private final InstantSource clock;

  // Guarded by this.
  private Optional<Instant> readSince = Optional.empty();
  private boolean ready;
  private boolean draining;

  /**
   * @param startingUp what has not been read yet, a sentence each
   * @param meshes those that were read
   */
  Readiness(
      Supplier<List<String>> startingUp, Supplier<List<MeshStatus>> meshes, InstantSource clock) {
    this.startingUp = startingUp;
    this.meshes = meshes;
    this.clock = clock;
  }

  /** Why it should not be sent work, one sentence each; empty when it should. */
  synchronized List<String> missing() {
    if (draining) {
      return List.of("the server is draining");
    }
    if (ready) {
      return List.of();
    }
    var missing = startingUp.get();
    if (missing.isEmpty()) {
      missing = opening();
    }
    ready = missing.isEmpty();
    return missing;
  }

  private List<String> opening() {
    var now = clock.instant();
    var since = readSince.orElse(now);
    readSince = Optional.of(since);
    return now.isBefore(since.plus(LONGEST_OPENING))
        ? meshes.get().stream()
            .filter(status -> status.mesh().isEmpty() && status.refusal().isEmpty())
            .map(status -> "mesh '%s' is being opened".formatted(status.name()))
            .toList()
        : List.of();
  }

  /** From now on it is not. */
  synchronized void drain() {
    draining = true;
  }
}
