package dev.meshseal.kubernetes.requests;

import static dev.meshseal.kubernetes.ApiFailure.Kind.NO_SUCH_RESOURCE;

import dev.meshseal.ca.certmanager.IssuerState;
import dev.meshseal.kubernetes.ApiException;
import dev.meshseal.kubernetes.ApiFailure;
import dev.meshseal.kubernetes.ApiPath;
import dev.meshseal.kubernetes.Cluster;
import dev.meshseal.kubernetes.Follower;
import dev.meshseal.kubernetes.Following;
import dev.meshseal.kubernetes.JsonApi;
import dev.meshseal.kubernetes.Selection;
import dev.meshseal.mesh.BackendConf.CertManager.IssuerRef;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/** One issuer, read once and watched from then on for the meshes that use it. Thread-safe. */
final class IssuerWatch implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(IssuerWatch.class);

  /** Not every one of a thousand proxies asks for what was not good a moment ago. */
  private static final Duration BAD_FOR = Duration.ofSeconds(1);

  private static final List<String> TYPES =
      List.of("selfSigned", "acme", "ca", "vault", "venafi", "cyberArk");

  private final Cluster cluster;
  private final JsonApi api;
  private final IssuerKinds kinds;
  private final IssuerRef issuer;
  private final Consumer<String> changed;
  private final RandomGenerator random;
  private final Set<String> meshes = ConcurrentHashMap.newKeySet();

  // Written with the lock held; read without it.
  private volatile Optional<Following> following = Optional.empty();

  // Guarded by this.
  private boolean closed;

  private volatile Optional<IssuerState> state = Optional.empty();
  private volatile Optional<Bad> lately = Optional.empty();
  private volatile boolean watched;
  private volatile boolean answered;

  private record Bad(IssuerState state, long until) {
    boolean isFresh() {
      return System.nanoTime() < until;
    }
  }

  IssuerWatch(Cluster cluster, IssuerRef issuer, Consumer<String> changed, RandomGenerator random) {
    this.cluster = cluster;
    this.api = new JsonApi(cluster);
    this.kinds = new IssuerKinds(api, cluster.systemNamespace());
    this.issuer = issuer;
    this.changed = changed;
    this.random = random;
  }

  /** The mesh hears of its changes from now on. */
  void join(String mesh) {
    meshes.add(mesh);
  }

  Stream<String> meshes() {
    return meshes.stream();
  }

  /** The mesh has no use for it any more; returns whether nobody has. */
  boolean leave(String mesh) {
    meshes.remove(mesh);
    return meshes.isEmpty();
  }

  /** What is known; waits for the API server the first time, and while it fails. */
  IssuerState state() throws InterruptedException {
    var known = there().filter(one -> watched && following.filter(this::isGone).isEmpty());
    if (known.isPresent()) {
      return known.get();
    }
    var bad = lately.filter(Bad::isFresh);
    if (bad.isPresent()) {
      return bad.get().state();
    }
    var now = read();
    warnOnce(now);
    lately = Optional.of(new Bad(now, System.nanoTime() + BAD_FOR.toNanos()));
    return now;
  }

  /** What is known of it, unless it is known to be absent. */
  private Optional<IssuerState> there() {
    return state.filter(one -> !(one instanceof IssuerState.Absent));
  }

  private void warnOnce(IssuerState now) {
    if (now instanceof IssuerState.Forbidden forbidden
        && lately.map(Bad::state).filter(now::equals).isEmpty()) {
      LOG.atWarn()
          .addKeyValue("issuer", issuer.name())
          .addKeyValue("reason", forbidden.message())
          .log("whether the issuer is Ready is not known; requests are made all the same");
    }
  }

  private IssuerState read() throws InterruptedException {
    try {
      leaveGoneVersion();
      var before = following;
      var failure = (before.isPresent() ? before.get() : follow(kinds.find(issuer))).awaitWatch();
      watched = failure.isEmpty();
      answered = true;
      return failure.isPresent() ? unread(failure.get()) : there().orElseGet(this::absent);
    } catch (ApiException unknownKind) {
      return unread(unknownKind.failure());
    }
  }

  /** A definition may be served under another version than when it was looked up. */
  private void leaveGoneVersion() {
    var gone = following.filter(this::isGone);
    synchronized (this) {
      if (gone.isEmpty() || !following.equals(gone)) {
        return;
      }
      following = Optional.empty();
      watched = false;
    }
    gone.get().close();
  }

  // cert-manager's own have one version.
  private boolean isGone(Following one) {
    return !issuer.group().equals(RequestManifest.GROUP)
        && one.trouble().map(ApiFailure::kind).equals(Optional.of(NO_SUCH_RESOURCE));
  }

  private synchronized Following follow(ApiPath path) {
    var before = following;
    if (before.isPresent()) {
      return before.get();
    }
    var target = Following.Target.of(path).selecting(Selection.named(issuer.name()));
    var fresh = new Following(cluster, target, new Events(), random);
    following = Optional.of(fresh);
    if (closed) {
      fresh.close();
    } else {
      fresh.start();
    }
    return fresh;
  }

  private static IssuerState unread(ApiFailure why) {
    return switch (why.kind()) {
      case FORBIDDEN -> new IssuerState.Forbidden(why.message());
      case NO_SUCH_RESOURCE -> new IssuerState.NoSuchKind(why.message());
      case REFUSED,
          UNAUTHENTICATED,
          NOT_FOUND,
          ALREADY_EXISTS,
          CONFLICT,
          INVALID,
          EXPIRED,
          THROTTLED,
          UNAVAILABLE,
          UNREACHABLE ->
          new IssuerState.Unavailable(why.message());
    };
  }

  // ---- what an issuer says

  private IssuerState absent() {
    return new IssuerState.Absent(namesake().filter(this::isThere));
  }

  private Optional<IssuerRef> namesake() {
    if (!issuer.group().equals(RequestManifest.GROUP)) {
      return Optional.empty();
    }
    var other = issuer.kind().equals("Issuer") ? "ClusterIssuer" : "Issuer";
    return Optional.of(new IssuerRef(issuer.name(), other, issuer.group()));
  }

  private boolean isThere(IssuerRef other) {
    try {
      return api.findListed(kinds.own(other.kind()), other.name()).isPresent();
    } catch (ApiException unreadable) {
      LOG.debug("no hint for the absent {}: {}", issuer, unreadable.getMessage());
      return false;
    }
  }

  private IssuerState stateOf(JsonNode resource) {
    boolean ours = issuer.group().equals(RequestManifest.GROUP);
    var type = TYPES.stream().filter(one -> ours && resource.path("spec").has(one)).findFirst();
    var ready = RequestStatus.condition(resource.path("status"), "Ready");
    if (ready.isPresent()) {
      return ready.get().isTrue()
          ? new IssuerState.Ready(type)
          : new IssuerState.NotReady(type, ready.get().reason(), ready.get().message());
    }
    // cert-manager's own always have the condition; another group's need not.
    return ours
        ? new IssuerState.NotReady(type, "", "cert-manager has not looked at it yet")
        : new IssuerState.Ready(type);
  }

  private void know(IssuerState now) {
    var before = state;
    state = Optional.of(now);
    // What is first read is answered to who asked; what comes later is news.
    if (answered && !before.equals(state)) {
      meshes.forEach(changed);
    }
  }

  private final class Events implements Follower {
    private boolean found;

    @Override
    public void listing() {
      found = false;
    }

    @Override
    public void found(JsonNode resource) {
      found = true;
      changed(resource);
    }

    @Override
    public void listed() {
      if (!found) {
        know(new IssuerState.Absent(Optional.empty()));
      }
    }

    @Override
    public void changed(JsonNode resource) {
      know(stateOf(resource));
    }

    @Override
    public void removed(JsonNode resource) {
      know(new IssuerState.Absent(Optional.empty()));
    }
  }

  @Override
  public void close() {
    Optional<Following> last;
    synchronized (this) {
      closed = true;
      last = following;
    }
    last.ifPresent(Following::close);
  }
}
