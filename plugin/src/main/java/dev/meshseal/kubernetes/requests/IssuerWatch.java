package dev.meshseal.kubernetes.requests;

import dev.meshseal.ca.certmanager.IssuerState;
import dev.meshseal.kubernetes.ApiCall;
import dev.meshseal.kubernetes.ApiFailure;
import dev.meshseal.kubernetes.Cluster;
import dev.meshseal.kubernetes.requests.IssuerKinds.Found;
import dev.meshseal.mesh.BackendConf.CertManager.IssuerRef;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One issuer, read once and watched from then on for the meshes that use it. Thread-safe. */
final class IssuerWatch implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(IssuerWatch.class);
  private static final Duration FORBIDDEN_FOR = Duration.ofMinutes(1);
  private static final Duration UNAVAILABLE_FOR = Duration.ofSeconds(1);
  private static final List<String> TYPES =
      List.of("selfSigned", "acme", "ca", "vault", "venafi", "cyberArk");

  private final Cluster cluster;
  private final IssuerRef issuer;
  private final Consumer<String> changed;
  private final Set<String> meshes = ConcurrentHashMap.newKeySet();

  // Guarded by this.
  private @Nullable SharedIndexInformer<GenericKubernetesResource> informer;
  private @Nullable CompletableFuture<Void> started;

  private volatile Optional<ApiFailure> failure = Optional.empty();
  private volatile Optional<IssuerState> state = Optional.empty();
  private volatile boolean hasRun;
  private volatile Optional<Unread> unread = Optional.empty();

  private record Unread(IssuerState state, long until) {}

  IssuerWatch(Cluster cluster, IssuerRef issuer, Consumer<String> changed) {
    this.cluster = cluster;
    this.issuer = issuer;
    this.changed = changed;
  }

  /** What is known; waits for the API server the first time, and while it fails. */
  IssuerState state(String mesh) throws InterruptedException {
    meshes.add(mesh);
    var known = state;
    if (known.isPresent()) {
      return known.get() instanceof IssuerState.Absent ? absent() : known.get();
    }
    var last = unread;
    if (last.isPresent() && System.nanoTime() < last.get().until()) {
      return last.get().state();
    }
    var now = read();
    remember(now);
    return now;
  }

  /** Not every one of a thousand proxies asks for what could not be read a moment ago. */
  private void remember(IssuerState now) {
    if (now instanceof IssuerState.Forbidden forbidden) {
      if (unread.map(Unread::state).filter(now::equals).isEmpty()) {
        LOG.atWarn()
            .addKeyValue("issuer", issuer.name())
            .addKeyValue("reason", forbidden.message())
            .log("whether the issuer is Ready is not known; requests are made all the same");
      }
      unread = Optional.of(new Unread(now, System.nanoTime() + FORBIDDEN_FOR.toNanos()));
    } else if (now instanceof IssuerState.Unavailable) {
      unread = Optional.of(new Unread(now, System.nanoTime() + UNAVAILABLE_FOR.toNanos()));
    }
  }

  private IssuerState read() throws InterruptedException {
    var kind = new IssuerKinds(cluster).find(issuer);
    return switch (kind) {
      case Found.Missing missing -> unread(missing.failure());
      case Found.Kind found -> {
        try {
          starting(found.resource()).get(Cluster.CALL_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
          hasRun = true;
          yield state.filter(one -> !(one instanceof IssuerState.Absent)).orElseGet(this::absent);
        } catch (TimeoutException | ExecutionException notYet) {
          yield failure
              .map(this::unread)
              .orElseGet(() -> new IssuerState.Unavailable("the API server did not answer"));
        }
      }
    };
  }

  private synchronized CompletableFuture<Void> starting(ResourceDefinitionContext resource) {
    if (started != null && !started.isCompletedExceptionally()) {
      return started;
    }
    var all = cluster.client().genericKubernetesResources(resource);
    var call = ApiCall.of("watch", resource.getGroup(), resource.getPlural());
    var placed = resource.isNamespaceScoped() ? call.in(cluster.systemNamespace()) : call;
    var ours =
        resource.isNamespaceScoped()
            ? all.inNamespace(cluster.systemNamespace()).withField("metadata.name", issuer.name())
            : all.withField("metadata.name", issuer.name());
    var fresh =
        ours.runnableInformer(0)
            .addEventHandler(new Events())
            .exceptionHandler(
                (hasStarted, thrown) -> {
                  failure = Optional.of(ApiFailures.of(placed, thrown));
                  // One that never ran is started anew when the mesh is opened again.
                  return hasStarted;
                });
    informer = fresh;
    started = fresh.start().toCompletableFuture();
    return started;
  }

  private IssuerState unread(ApiFailure why) {
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
    var all = cluster.client().genericKubernetesResources(IssuerKinds.own(other.kind()));
    try {
      var placed =
          other.kind().equals("Issuer")
              ? all.inNamespace(cluster.systemNamespace()).withField("metadata.name", other.name())
              : all.withField("metadata.name", other.name());
      return !placed.list().getItems().isEmpty();
    } catch (KubernetesClientException unreadable) {
      return false; // it is a hint, and no more
    }
  }

  private IssuerState stateOf(GenericKubernetesResource resource) {
    var status = RequestStatus.map(resource.getAdditionalProperties().get("status"));
    var type = type(resource);
    var ready = RequestStatus.condition(status, "Ready");
    if (ready.isPresent()) {
      return ready.get().isTrue()
          ? new IssuerState.Ready(type)
          : new IssuerState.NotReady(type, ready.get().reason(), ready.get().message());
    }
    // cert-manager's own always have the condition; another group's need not.
    return issuer.group().equals(RequestManifest.GROUP)
        ? new IssuerState.NotReady(type, "", "cert-manager has not looked at it yet")
        : new IssuerState.Ready(type);
  }

  private Optional<String> type(GenericKubernetesResource resource) {
    if (!issuer.group().equals(RequestManifest.GROUP)) {
      return Optional.empty();
    }
    Map<?, ?> spec = RequestStatus.map(resource.getAdditionalProperties().get("spec"));
    return TYPES.stream().filter(spec::containsKey).findFirst();
  }

  private void know(IssuerState now) {
    var before = state;
    state = Optional.of(now);
    // What is first read is answered to who asked; what comes later is news.
    if (hasRun && !before.equals(state)) {
      meshes.forEach(changed);
    }
  }

  private final class Events implements ResourceEventHandler<GenericKubernetesResource> {
    @Override
    public void onAdd(GenericKubernetesResource resource) {
      know(stateOf(resource));
    }

    @Override
    public void onUpdate(GenericKubernetesResource before, GenericKubernetesResource resource) {
      know(stateOf(resource));
    }

    @Override
    public void onDelete(GenericKubernetesResource resource, boolean finalStateUnknown) {
      know(new IssuerState.Absent(Optional.empty()));
    }
  }

  @Override
  public synchronized void close() {
    if (informer != null) {
      informer.stop();
      informer = null;
    }
  }
}
