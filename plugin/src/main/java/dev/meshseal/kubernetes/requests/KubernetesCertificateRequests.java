package dev.meshseal.kubernetes.requests;

import dev.meshseal.ca.BackendRef;
import dev.meshseal.ca.CaException;
import dev.meshseal.ca.certmanager.CertificateRequest;
import dev.meshseal.ca.certmanager.CertificateRequests;
import dev.meshseal.ca.certmanager.IssuerState;
import dev.meshseal.ca.certmanager.Outcome;
import dev.meshseal.kubernetes.ApiFailure;
import dev.meshseal.kubernetes.Cluster;
import dev.meshseal.mesh.BackendConf.CertManager.IssuerRef;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * cert-manager on a Kubernetes API server. One watch serves all requests; a certificate costs two
 * calls, one that creates the request and one that deletes it. So many requests are under way at
 * once, in turn between meshes. Sends nothing before it is first asked. Blocks; thread-safe.
 */
public final class KubernetesCertificateRequests implements CertificateRequests, AutoCloseable {
  /** Keeps cert-manager busy, and is worked off within a request's time even by a slow one. */
  public static final int DEFAULT_IN_FLIGHT = 64;

  /** An API server full of our requests would harm everybody on it. */
  private static final int MOST_LEFT_OVER = 1_000;

  private static final Logger LOG = LoggerFactory.getLogger(KubernetesCertificateRequests.class);
  private static final Duration AT_THE_END = Duration.ofSeconds(5);

  private final Cluster cluster;
  private final String instance;
  private final InstantSource clock;
  private final RandomGenerator random;
  private final RequestNames names = new RequestNames();
  private final Pacing pacing;
  private final HerdLog herd;
  private final Writes writes;
  private final RequestWatch watch;
  private final Deletions deletions;
  private final Map<IssuerRef, IssuerWatch> issuers = new ConcurrentHashMap<>();
  private final CopyOnWriteArrayList<Consumer<String>> bells = new CopyOnWriteArrayList<>();
  private final Thread sweeper;
  private final Thread remover;

  private KubernetesCertificateRequests(
      Cluster cluster, String instance, int inFlight, InstantSource clock, RandomGenerator random) {
    this.cluster = cluster;
    this.instance = instance;
    this.clock = clock;
    this.random = random;
    this.pacing = new Pacing(inFlight, clock);
    this.herd = new HerdLog(pacing);
    this.writes = new Writes(cluster);
    this.watch = new RequestWatch(cluster, instance, this::ringAll, random);
    this.deletions = new Deletions(writes, MOST_LEFT_OVER);
    this.sweeper =
        Thread.ofVirtual().name("meshseal-sweep").unstarted(new Sweep(writes, clock)::sweepForEver);
    this.remover = Thread.ofVirtual().name("meshseal-remove").unstarted(deletions::tryAgainForEver);
  }

  /**
   * Starts to sweep what instances that are gone have left behind; returns at once.
   *
   * @param instance the name of this process among its replicas, never used again by another
   * @param inFlight requests under way at once, of all meshes together; a quarter more for meshes
   *     that would have none
   */
  public static KubernetesCertificateRequests start(
      Cluster cluster, String instance, int inFlight, InstantSource clock, RandomGenerator random) {
    var requests = new KubernetesCertificateRequests(cluster, instance, inFlight, clock, random);
    requests.sweeper.start();
    requests.remover.start();
    return requests;
  }

  /**
   * The mesh is told whenever an issuer that one of its backends uses has changed, and when the API
   * server is there again after it was away.
   */
  public void onIssuerChange(Consumer<String> mesh) {
    bells.add(mesh);
  }

  /** How far the requests that wait are worked off. */
  public Progress progress() {
    return pacing.progress();
  }

  @Override
  public String namespace() {
    return cluster.systemNamespace();
  }

  @Override
  public IssuerState issuer(BackendRef backend, IssuerRef issuer) {
    try {
      return watchFor(backend.mesh(), issuer).state();
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      return new IssuerState.Unavailable("the server stops");
    }
  }

  // Joined under the map's own lock, so that nobody joins what is being left.
  private IssuerWatch watchFor(String mesh, IssuerRef issuer) {
    return issuers.compute(
        issuer,
        (ref, known) -> {
          var one = known == null ? new IssuerWatch(cluster, ref, this::ring, random) : known;
          one.join(mesh);
          return one;
        });
  }

  /**
   * The mesh uses these issuers and no others any more; an issuer that no mesh uses is no longer
   * watched. Returns at once.
   */
  public void keepOnly(String mesh, Set<IssuerRef> used) {
    issuers.keySet().stream()
        .filter(issuer -> !used.contains(issuer))
        .forEach(
            issuer ->
                issuers.computeIfPresent(
                    issuer, (ref, watch) -> watch.leave(mesh) ? ended(watch) : watch));
  }

  private static @Nullable IssuerWatch ended(IssuerWatch watch) {
    Thread.ofVirtual().name("meshseal-issuer-left").start(watch::close);
    return null;
  }

  /** What was held back because the API server was away has no reason to wait any longer. */
  private void ringAll() {
    issuers.values().stream().flatMap(IssuerWatch::meshes).distinct().forEach(this::ring);
  }

  private void ring(String mesh) {
    bells.forEach(bell -> bell.accept(mesh));
  }

  @Override
  public Outcome issue(BackendRef backend, Supplier<CertificateRequest> request, Duration timeout) {
    try {
      herd.waiting();
      var place = pacing.enter(backend.mesh(), timeout);
      return inTurn(place, request, timeout);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      return new Outcome.NotCreated(CaException.Kind.UNAVAILABLE, "the server stops");
    }
  }

  private Outcome inTurn(Pacing.Place place, Supplier<CertificateRequest> request, Duration timeout)
      throws InterruptedException {
    Optional<String> created = Optional.empty();
    try {
      var full = deletions.refusal();
      if (full.isPresent()) {
        return new Outcome.NotCreated(CaException.Kind.UNAVAILABLE, full.get());
      }
      var deaf = watch.start();
      if (deaf.isPresent()) {
        return notCreated(deaf.get());
      }
      var asked = request.get();
      var name = names.next(asked.identity().id());
      created = Optional.of(name);
      return createAndWait(name, asked, timeout);
    } finally {
      created.ifPresentOrElse(name -> deletions.delete(name, place::close), place::close);
    }
  }

  private static Outcome.NotCreated notCreated(ApiFailure failure) {
    var kind =
        switch (failure.kind()) {
          case FORBIDDEN, REFUSED, INVALID -> CaException.Kind.REJECTED;
          case UNAUTHENTICATED,
              NO_SUCH_RESOURCE,
              NOT_FOUND,
              ALREADY_EXISTS,
              CONFLICT,
              EXPIRED,
              THROTTLED,
              UNAVAILABLE,
              UNREACHABLE ->
              CaException.Kind.UNAVAILABLE;
        };
    return new Outcome.NotCreated(kind, failure.message());
  }

  private Outcome createAndWait(String name, CertificateRequest asked, Duration timeout)
      throws InterruptedException {
    // Nobody waits longer than for its creation and then for its end.
    var deadline = clock.instant().plus(timeout.multipliedBy(2));
    var expected = watch.expect(name);
    try {
      var resource = RequestManifest.of(name, instance, deadline, asked);
      var failure = writes.create(resource, timeout);
      if (failure.isPresent()) {
        return notCreated(failure.get());
      }
      expected.created();
      return await(name, expected, timeout);
    } finally {
      watch.forget(name);
    }
  }

  /**
   * Waits for the watch to tell. Where it has said nothing for half of the time, and at the end,
   * the request is read: a connection can be dead and not know it.
   */
  private Outcome await(String name, RequestWatch.Expected expected, Duration timeout)
      throws InterruptedException {
    for (int half = 1; half <= 2; half++) {
      var end = expected.await(Math.max(1, timeout.toMillis() / 2));
      if (end.isPresent()) {
        return end.get();
      }
      writes.read(name).map(RequestStatus::of).ifPresent(expected::tell);
    }
    return expected.await(1).orElseGet(expected::late);
  }

  /** Ends what is under way, and deletes its requests as far as a few seconds allow. */
  @Override
  public void close() {
    sweeper.interrupt();
    remover.interrupt();
    issuers.values().forEach(IssuerWatch::close);
    watch.close();
    try {
      if (!pacing.stop(AT_THE_END)) {
        LOG.atWarn()
            .addKeyValue("requests", pacing.progress().inFlight())
            .log("requests to cert-manager are left behind; another instance deletes them");
      }
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
    deletions.close();
  }
}
