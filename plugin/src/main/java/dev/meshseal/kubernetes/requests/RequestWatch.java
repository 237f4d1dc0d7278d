package dev.meshseal.kubernetes.requests;

import dev.meshseal.ca.CaException;
import dev.meshseal.ca.certmanager.Outcome;
import dev.meshseal.ca.certmanager.Outcome.Standing;
import dev.meshseal.kubernetes.ApiFailure;
import dev.meshseal.kubernetes.Cluster;
import dev.meshseal.kubernetes.Follower;
import dev.meshseal.kubernetes.Following;
import dev.meshseal.kubernetes.Pace;
import dev.meshseal.kubernetes.Selection;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.random.RandomGenerator;
import tools.jackson.databind.JsonNode;

/** One watch for all requests of this instance. Thread-safe. */
final class RequestWatch implements AutoCloseable {
  // Proxies wait: a connection that has died unnoticed must not last as long as a request may.
  private static final Pace PACE =
      new Pace(
          Pace.DEFAULT.first(),
          Pace.DEFAULT.longest(),
          Pace.DEFAULT.answer(),
          Duration.ofSeconds(40));

  /** A request that somebody waits for. */
  static final class Expected {
    private final String name;
    private final long since = System.nanoTime();
    private final CompletableFuture<Outcome> end = new CompletableFuture<>();
    private volatile Standing standing = new Standing.NotApproved();
    private volatile boolean created;

    private Expected(String name) {
      this.name = name;
    }

    /** It is at the API server from now on; where it is not found there, somebody deleted it. */
    void created() {
      created = true;
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

    void tell(RequestStatus status) {
      status.end().ifPresentOrElse(end::complete, () -> standing = status.standing());
    }

    void gone() {
      end.complete(late(new Standing.Gone()));
    }
  }

  private final Map<String, Expected> expected = new ConcurrentHashMap<>();
  private final AtomicBoolean started = new AtomicBoolean();
  private final Following following;
  private final Runnable recovered;

  /**
   * @param recovered runs when the API server can be followed again, after it could not
   */
  RequestWatch(Cluster cluster, String instance, Runnable recovered, RandomGenerator random) {
    this.recovered = recovered;
    var ours = Selection.labelled(RequestManifest.labelsOf(instance));
    var target =
        Following.Target.of(RequestManifest.PATH.in(cluster.systemNamespace())).selecting(ours);
    this.following = new Following(cluster, target, new Events(), PACE, random);
  }

  /**
   * Waits until the watch runs; starts it the first time. While it once ran and is interrupted, it
   * counts as running: it catches up.
   *
   * @return why it does not run
   */
  Optional<ApiFailure> start() throws InterruptedException {
    if (started.compareAndSet(false, true)) {
      following.start();
    }
    return following.awaitWatch();
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

  /** Tells those who wait that nothing more will come. */
  @Override
  public void close() {
    following.close();
    var stops = new Outcome.NotCreated(CaException.Kind.UNAVAILABLE, "the server stops");
    expected.values().forEach(one -> one.end.complete(stops));
  }

  private final class Events implements Follower {
    // What was created before a list began is in it, or is gone.
    private List<Expected> before = List.of();
    private final Set<String> found = new HashSet<>();

    @Override
    public void listing() {
      before = expected.values().stream().filter(one -> one.created).toList();
      found.clear();
    }

    @Override
    public void found(JsonNode request) {
      found.add(name(request));
      changed(request);
    }

    @Override
    public void listed() {
      before.stream().filter(one -> !found.contains(one.name)).forEach(Expected::gone);
      before = List.of();
      found.clear();
    }

    @Override
    public void changed(JsonNode request) {
      Optional.ofNullable(expected.get(name(request)))
          .ifPresent(one -> one.tell(RequestStatus.of(request)));
    }

    @Override
    public void removed(JsonNode request) {
      Optional.ofNullable(expected.get(name(request))).ifPresent(Expected::gone);
    }

    @Override
    public void recovered() {
      recovered.run();
    }

    private static String name(JsonNode request) {
      return request.path("metadata").path("name").asString("");
    }
  }
}
