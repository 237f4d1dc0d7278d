package dev.meshseal.kubernetes.resources;

import dev.meshseal.kubernetes.ApiException;
import dev.meshseal.kubernetes.ApiFailure;
import dev.meshseal.kubernetes.Backoff;
import dev.meshseal.kubernetes.Cluster;
import dev.meshseal.kubernetes.JsonApi;
import dev.meshseal.kubernetes.Pace;
import dev.meshseal.mesh.Document;
import dev.meshseal.mesh.Mesh;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says in each Mesh what became of it: in its status, where the definition of the Mesh has one, as
 * Meshseal's own has, and as Events always. Only what is new is written, and only the newest; a
 * replica that says otherwise is not contradicted again. Being told never blocks; it writes on one
 * virtual thread of its own. Thread-safe.
 */
public final class MeshStatuses implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(MeshStatuses.class);

  /** So much becomes known at once when a Mesh changes that it is worth waiting for the rest. */
  private static final Duration SETTLING = Duration.ofMillis(150);

  /** So long it is left alone what is said of a Mesh whose backends are only being opened. */
  private static final Duration OPENING = Duration.ofSeconds(10);

  /** The least time between two wordings of the same. */
  private static final Duration REWORDING = Duration.ofSeconds(30);

  /** A missing right, or a definition without a status, stays for long. */
  private static final Duration LONG = Duration.ofMinutes(5);

  private static final int CONFLICTS = 3;

  private final JsonApi api;
  private final InstantSource clock;
  private final RandomGenerator random;
  private final Pace pace;
  private final String reporter;
  private final Map<String, MeshState> states = new ConcurrentHashMap<>();
  private final DueNames due = new DueNames();
  private final Thread thread;

  // Only ever touched by the thread.
  private final Map<String, Said> said = new HashMap<>();
  private final Set<What> complained = EnumSet.noneOf(What.class);
  private Optional<Instant> lookAgain = Optional.empty();
  private boolean hasStatus;
  private int failures;

  private enum What {
    STATUS("the status of Meshes"),
    EVENTS("Events about Meshes");

    private final String words;

    What(String words) {
      this.words = words;
    }
  }

  /** Of the last few alone: what is told in many words would be kept for ever. */
  private static final class RecentCounts extends LinkedHashMap<String, Integer> {
    private static final long serialVersionUID = 1L;
    private static final int MOST = 16;

    @Override
    protected boolean removeEldestEntry(Map.Entry<String, Integer> eldest) {
      return size() > MOST;
    }
  }

  /** What was last told as an Event, how often each was, and when the status was last written. */
  private static final class Said {
    private Optional<MeshEvent> last = Optional.empty();
    private Instant told = Instant.EPOCH;
    private final Map<String, Integer> counts = new RecentCounts();
    private Instant written = Instant.EPOCH;
    private int refusals;
  }

  /**
   * Begins at once to hear from the resources, and to write.
   *
   * @param reporter the name of this replica
   */
  public MeshStatuses(
      Cluster cluster,
      ClusterResources resources,
      String reporter,
      InstantSource clock,
      RandomGenerator random) {
    this(cluster, resources, reporter, clock, random, Pace.DEFAULT);
  }

  public MeshStatuses(
      Cluster cluster,
      ClusterResources resources,
      String reporter,
      InstantSource clock,
      RandomGenerator random,
      Pace pace) {
    this.api = new JsonApi(cluster);
    this.clock = clock;
    this.random = random;
    this.pace = pace;
    this.reporter = reporter;
    this.thread = Thread.ofVirtual().name("mesh-statuses").unstarted(this::run);
    resources.observe(
        new MeshObserver() {
          @Override
          public void seen(ClusterObject mesh, Document document) {
            MeshStatuses.this.seen(mesh, document);
          }

          @Override
          public void gone(String mesh) {
            states.remove(mesh);
          }
        });
    thread.start();
  }

  /** This Mesh is in force. */
  public void applied(Mesh mesh) {
    change(mesh.name(), state -> state.applied(mesh));
  }

  /** The newest version of this Mesh could not be put in force. */
  public void notApplied(String mesh, String sentence) {
    change(mesh, state -> state.notApplied(sentence));
  }

  /** The backend of this Mesh cannot issue. */
  public void notIssuing(String mesh, String sentence) {
    change(mesh, state -> state.notIssuing(sentence));
  }

  /**
   * The backend of this Mesh brings none of its proxies a certificate. The first sentence stands
   * until it issues again: each proxy has its own.
   */
  public void fails(String mesh, String sentence) {
    change(mesh, state -> state.notIssuing().isPresent() ? state : state.notIssuing(sentence));
  }

  /** The backend of this Mesh issues. */
  public void issuing(String mesh) {
    // Said with every certificate, and news only after it did not.
    var state = states.get(mesh);
    if (state != null && state.notIssuing().isPresent()) {
      change(mesh, MeshState::issuing);
    }
  }

  private void seen(ClusterObject mesh, Document document) {
    states.compute(
        mesh.name(),
        (name, before) -> {
          var state = before == null ? MeshState.UNKNOWN : before;
          return changed(name, state, state.seen(mesh, document));
        });
  }

  /** Each Mesh has been seen before anything becomes of it; one that is gone is not spoken of. */
  private void change(String mesh, UnaryOperator<MeshState> change) {
    states.computeIfPresent(mesh, (name, state) -> changed(name, state, change.apply(state)));
  }

  /** What others write into a Mesh is taken note of, and not answered. */
  private MeshState changed(String name, MeshState state, MeshState next) {
    if (!next.conditions().equals(state.conditions())
        || !generation(next).equals(generation(state))) {
      due.put(name, next.ready().truth() == MeshState.Truth.UNKNOWN ? OPENING : SETTLING);
    }
    return next;
  }

  private static Optional<Long> generation(MeshState state) {
    return state.object().map(seen -> seen.mesh().generation());
  }

  @Override
  public void close() {
    thread.interrupt();
    try {
      thread.join();
    } catch (InterruptedException hurried) {
      Thread.currentThread().interrupt();
    }
  }

  // ---- the thread

  private void run() {
    try {
      while (true) {
        write(due.take());
      }
    } catch (InterruptedException closed) {
      LOG.debug("no longer writing what became of Meshes");
    }
  }

  private void write(String name) throws InterruptedException {
    said.keySet().retainAll(states.keySet());
    if (state(name).object().isEmpty()) {
      return;
    }
    attempt(name, What.EVENTS, () -> tell(name));
    attempt(name, What.STATUS, () -> writeStatus(name));
  }

  private MeshState state(String name) {
    return states.getOrDefault(name, MeshState.UNKNOWN);
  }

  private Said said(String name) {
    return said.computeIfAbsent(name, first -> new Said());
  }

  private void attempt(String name, What what, Runnable write) throws InterruptedException {
    try {
      write.run();
      failures = 0;
    } catch (ApiException failure) {
      if (Thread.interrupted()) {
        throw new InterruptedException("closed");
      }
      complain(what, failure);
      if (failure.failure().kind().passes()) {
        due.put(name, SETTLING);
        Thread.sleep(pace.wait(++failures, random));
      } else {
        due.put(name, afterRefusals(++said(name).refusals));
      }
    } catch (RuntimeException bug) {
      LOG.error("what became of mesh '{}' could not be written", name, bug);
    }
  }

  /** An API server that has just started lacks every right for a moment. */
  private Duration afterRefusals(int count) {
    return new Backoff(pace.first(), LONG).after(count + 1);
  }

  private void complain(What what, ApiException failure) {
    if (complained.add(what)) {
      LOG.atWarn()
          .addKeyValue("reason", failure.getMessage())
          .log("could not write {}; it is tried again", what.words);
    } else {
      LOG.debug("could not write {}: {}", what.words, failure.getMessage());
    }
  }

  // ---- Events

  private void tell(String name) {
    var state = state(name);
    var told = state.told();
    if (state.object().isEmpty() || told.truth() == MeshState.Truth.UNKNOWN) {
      return;
    }
    var event = new MeshEvent(state.object().get().mesh(), told, reporter);
    var said = said(name);
    if (said.last.filter(before -> before.name().equals(event.name())).isPresent()) {
      return;
    }
    var again = said.told.plus(REWORDING);
    if (said.last.filter(event::isRewordingOf).isPresent() && clock.instant().isBefore(again)) {
      due.put(name, Duration.between(clock.instant(), again));
      return;
    }
    var count = said.counts.getOrDefault(event.name(), 0) + 1;
    if (count == 1) {
      create(event);
    } else {
      repeat(event, count);
    }
    said.counts.put(event.name(), count);
    said.last = Optional.of(event);
    said.told = clock.instant();
    said.refusals = 0;
    complained.remove(What.EVENTS);
  }

  /** Where it is there already, another replica has told it, or this one before it started anew. */
  private void create(MeshEvent event) {
    try {
      api.create(MeshEvent.EVENTS, event.created(clock.instant()));
    } catch (ApiException failure) {
      if (failure.kind() != ApiFailure.Kind.ALREADY_EXISTS) {
        throw failure;
      }
    }
  }

  private void repeat(MeshEvent event, int count) {
    try {
      api.merge(MeshEvent.EVENTS, event.name(), event.again(count, clock.instant()));
    } catch (ApiException failure) {
      // The API server forgets Events after an hour.
      if (failure.kind() != ApiFailure.Kind.NOT_FOUND) {
        throw failure;
      }
      create(event);
    }
  }

  // ---- the status

  private void writeStatus(String name) {
    for (var conflicts = 0; conflicts < CONFLICTS; conflicts++) {
      var patch = StatusPatch.of(state(name)).filter(wanted -> !wanted.isThere());
      if (patch.isEmpty() || !hasStatus()) {
        return;
      }
      var again = said(name).written.plus(REWORDING);
      if (patch.get().isRewording() && clock.instant().isBefore(again)) {
        due.put(name, Duration.between(clock.instant(), again));
        return;
      }
      if (isWritten(name, patch.get())) {
        return;
      }
    }
    due.put(name, pace.longest());
  }

  private boolean isWritten(String name, StatusPatch patch) {
    try {
      var now = clock.instant();
      var written = api.mergeStatus(ClusterResources.MESHES, name, patch.patch(now));
      said(name).written = now;
      said(name).refusals = 0;
      know(name, ClusterObject.of(ClusterObject.Kind.MESH, written));
      complained.remove(What.STATUS);
      return true;
    } catch (ApiException failure) {
      if (failure.kind() == ApiFailure.Kind.NOT_FOUND) {
        return true; // the Mesh is gone, which the watch will tell
      }
      if (failure.kind() == ApiFailure.Kind.NO_SUCH_RESOURCE) {
        lookAgain = Optional.empty();
        return true;
      }
      if (failure.kind() != ApiFailure.Kind.CONFLICT) {
        throw failure;
      }
      var now = api.find(ClusterResources.MESHES, name);
      now.ifPresent(mesh -> know(name, ClusterObject.of(ClusterObject.Kind.MESH, mesh)));
      return now.isEmpty();
    }
  }

  /**
   * What the API server has now; unless what is declared changed too, which the watch will tell.
   */
  private void know(String name, ClusterObject mesh) {
    states.computeIfPresent(
        name,
        (key, state) ->
            state
                .object()
                .filter(seen -> seen.mesh().json().equals(mesh.json()))
                .filter(seen -> seen.mesh().uid().equals(mesh.uid()))
                .map(seen -> state.with(mesh))
                .orElse(state));
  }

  /** Kuma's definition of the Mesh has none. */
  private boolean hasStatus() {
    var now = clock.instant();
    if (lookAgain.filter(now::isBefore).isEmpty()) {
      hasStatus = api.has(ClusterResources.MESHES, "status");
      lookAgain = Optional.of(now.plus(LONG));
    }
    return hasStatus;
  }
}
