package dev.meshseal.kubernetes.pods;

import dev.meshseal.identity.Dataplane;
import dev.meshseal.identity.DataplaneId;
import dev.meshseal.kubernetes.ApiException;
import dev.meshseal.kubernetes.ApiFailure;
import dev.meshseal.kubernetes.ApiPath;
import dev.meshseal.kubernetes.Cluster;
import dev.meshseal.kubernetes.Follower;
import dev.meshseal.kubernetes.Following;
import dev.meshseal.kubernetes.JsonApi;
import dev.meshseal.kubernetes.pods.KeptPod.News;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import tools.jackson.databind.JsonNode;

/**
 * The pods that have connected, and the data planes they are. Of all other pods nothing is kept:
 * what is heard of them is dropped at once. While the API server is away, what is known stays as it
 * is. Thread-safe.
 */
public final class Pods implements AutoCloseable {
  private static final ApiPath PODS = ApiPath.of("", "v1", "pods");
  private static final ApiPath SERVICES = ApiPath.of("", "v1", "services");
  private static final ApiPath NAMESPACES = ApiPath.of("", "v1", "namespaces");

  /** How many pods are read at once where all must be. */
  private static final int READERS = 16;

  /** Is told what becomes of pods, without a lock held; must return at once. */
  public interface Listener {
    /** This data plane has other tags or another workload than before: it needs a new leaf. */
    void changed(DataplaneId dataplane);

    /** Pods are gone, have ended or are in another mesh; {@link Pods#lost} says which. */
    void lost();
  }

  private static final Listener NOBODY =
      new Listener() {
        @Override
        public void changed(DataplaneId dataplane) {}

        @Override
        public void lost() {}
      };

  /** Reads one pod; blocks. */
  @FunctionalInterface
  interface PodReader {
    /**
     * @throws ApiException if the API server does not say
     */
    Optional<JsonNode> read(PodName name);
  }

  private final PodReader reader;
  private final ConcurrentMap<PodName, KeptPod> kept = new ConcurrentHashMap<>();
  private final KnownServices services = new KnownServices(this::identify);
  private final KnownNamespaces namespaces = new KnownNamespaces(this::identify);
  private final PodFollower podFollower = new PodFollower(this);
  private volatile Listener listener = NOBODY;
  private volatile List<Following> followings = List.of();

  Pods(PodReader reader) {
    this.reader = reader;
  }

  /** Begins to follow the cluster, and does not wait for it. */
  public static Pods follow(Cluster cluster, RandomGenerator random) {
    var api = new JsonApi(cluster);
    var pods = new Pods(name -> api.find(PODS.in(name.namespace()), name.name()));
    pods.followings =
        List.of(
            new Following(cluster, Following.Target.of(SERVICES), pods.services, random),
            new Following(
                cluster, Following.Target.of(NAMESPACES).metadataOnly(), pods.namespaces, random),
            new Following(cluster, Following.Target.of(PODS).fromNow(), pods.podFollower, random));
    pods.followings.forEach(Following::start);
    return pods;
  }

  /** From now on tells this listener. */
  public void listen(Listener listener) {
    this.listener = listener;
  }

  /** Whether Services and namespaces have been read and pods are heard of: identities are whole. */
  public boolean isReady() {
    return followings.stream().allMatch(Following::isListed);
  }

  /** Why changes are not heard of just now. */
  public List<ApiFailure> troubles() {
    return followings.stream().flatMap(following -> following.trouble().stream()).toList();
  }

  /** How many pods are kept. */
  public int size() {
    return kept.size();
  }

  /** The data plane that the pod of a token is. Blocks where the pod is not known yet. */
  public Standing standing(Review.Good token) {
    if (!isReady()) {
      return new Standing.Unknown(
          "the Services, namespaces and pods of the cluster are not followed yet"
              + troubles().stream().findFirst().map(why -> ": " + why.message()).orElse(""));
    }
    var pod = enter(token.podName());
    try {
      if (pod.facts(token.podUid()).isEmpty()) {
        read(pod);
      }
      return standing(pod, token);
    } catch (ApiException failure) {
      return new Standing.Unknown(failure.getMessage());
    } finally {
      leave(pod);
    }
  }

  // Whoever reads a pod keeps it meanwhile: else one that fails would take it from another.
  private KeptPod enter(PodName name) {
    return kept.compute(
        name,
        (key, known) -> {
          var pod = known == null ? keep(key) : known;
          pod.enter();
          return pod;
        });
  }

  private void leave(KeptPod pod) {
    kept.computeIfPresent(
        pod.name(),
        (key, known) -> {
          pod.leave();
          return known.isWorthKeeping() ? known : null;
        });
  }

  private KeptPod keep(PodName name) {
    return new KeptPod(
        name,
        facts ->
            PodIdentity.of(
                facts, namespaces.mesh(name.namespace()), services.in(name.namespace())));
  }

  // It is kept first and read then: what is heard meanwhile is not missed.
  private void read(KeptPod pod) {
    reader.read(pod.name()).map(PodFacts::of).ifPresent(facts -> tell(pod, pod.heard(facts)));
  }

  private void forgetUnknown(KeptPod pod) {
    kept.computeIfPresent(pod.name(), (key, known) -> known.isWorthKeeping() ? known : null);
  }

  private static Standing standing(KeptPod pod, Review.Good token) {
    var known = pod.facts(token.podUid());
    if (known.isEmpty()) {
      return new Standing.Gone(deleted(pod.name()));
    }
    var facts = known.get();
    if (facts.ended().isPresent()) {
      return new Standing.Gone(ended(facts));
    }
    if (!facts.account().equals(token.serviceAccount())) {
      return new Standing.Gone(
          "the token is of service account '%s', but pod '%s' runs as '%s'"
              .formatted(token.serviceAccount(), pod.name(), facts.account()));
    }
    return pod.dataplane()
        .<Standing>map(Standing.There::new)
        .orElseGet(() -> new Standing.Gone(deleted(pod.name())));
  }

  /** What a pod that has connected is now; empty for any other data plane. Never blocks. */
  public Optional<Dataplane> find(DataplaneId id) {
    return kept(id).flatMap(KeptPod::dataplane).filter(dataplane -> dataplane.id().equals(id));
  }

  /**
   * Why what was given to the pod of this UID is worth nothing any more; empty while it is there
   * and in the same mesh. Never blocks.
   */
  public Optional<String> lost(DataplaneId id, String podUid) {
    var facts = kept(id).flatMap(pod -> pod.facts(podUid));
    if (facts.isEmpty()) {
      return Optional.of(
          deleted(PodName.ofDataplane(id.name()).orElseGet(() -> new PodName("", id.name()))));
    }
    if (facts.get().ended().isPresent()) {
      return Optional.of(ended(facts.get()));
    }
    return find(id).isPresent()
        ? Optional.empty()
        : Optional.of(
            "pod '%s' is no longer in mesh '%s'; start it anew"
                .formatted(facts.get().name(), id.mesh()));
  }

  private Optional<KeptPod> kept(DataplaneId id) {
    return PodName.ofDataplane(id.name()).flatMap(name -> Optional.ofNullable(kept.get(name)));
  }

  private static String deleted(PodName name) {
    return "pod '%s', of which the token is, was deleted".formatted(name);
  }

  private static String ended(PodFacts facts) {
    return "pod '%s' has ended (%s)".formatted(facts.name(), facts.ended().orElse(""));
  }

  // ---- what is heard

  void heard(JsonNode pod) {
    Optional.ofNullable(kept.get(PodName.of(pod)))
        .ifPresent(known -> tell(known, known.heard(PodFacts.of(pod))));
  }

  void gone(JsonNode pod) {
    Optional.ofNullable(kept.get(PodName.of(pod)))
        .ifPresent(known -> gone(known, PodFacts.uid(pod), PodFacts.version(pod)));
  }

  private void gone(KeptPod pod, String uid, long version) {
    var news = pod.gone(uid, version);
    forgetUnknown(pod);
    tell(pod, news);
  }

  /**
   * What became of the pods was not heard for a while: each that is kept is read. Blocks.
   *
   * @throws ApiException if one of them could not be read
   */
  void readAgain() {
    try (var readers = Executors.newFixedThreadPool(READERS, Thread.ofVirtual().factory())) {
      var readings =
          kept.values().stream().map(pod -> readers.submit(() -> readAgain(pod))).toList();
      for (var reading : readings) {
        reading.get();
      }
    } catch (ExecutionException failed) {
      if (failed.getCause() instanceof ApiException failure) {
        throw failure;
      }
      throw new IllegalStateException("a pod could not be read", failed);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }

  private void readAgain(KeptPod pod) {
    var before = pod.facts();
    var now = reader.read(pod.name()).map(PodFacts::of);
    now.ifPresent(facts -> tell(pod, pod.heard(facts)));
    if (now.isEmpty()) {
      before.ifPresent(facts -> gone(pod, facts.uid(), facts.version()));
    }
  }

  Follower services() {
    return services;
  }

  Follower namespaces() {
    return namespaces;
  }

  Follower pods() {
    return podFollower;
  }

  private void identify(Predicate<String> namespace) {
    for (var pod : kept.values()) {
      if (namespace.test(pod.name().namespace())) {
        tell(pod, pod.identify());
      }
    }
  }

  private void tell(KeptPod pod, News news) {
    switch (news) {
      case NONE -> {}
      case CHANGED -> pod.dataplane().map(Dataplane::id).ifPresent(listener::changed);
      case LOST -> listener.lost();
    }
  }

  @Override
  public void close() {
    followings.forEach(Following::close);
  }
}
