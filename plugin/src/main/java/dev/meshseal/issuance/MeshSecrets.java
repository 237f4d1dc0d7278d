package dev.meshseal.issuance;

import dev.meshseal.ca.CaException;
import dev.meshseal.ca.CertificateAuthority;
import dev.meshseal.identity.DataplaneIdentity;
import dev.meshseal.issuance.TrustedRoot.Reason.Listed;
import dev.meshseal.issuance.TrustedRoot.Reason.Retiring;
import dev.meshseal.mesh.Backend;
import dev.meshseal.mesh.InvalidMeshException;
import dev.meshseal.mesh.Mesh;
import dev.meshseal.mesh.Violation;
import dev.meshseal.x509.IdentityCertificate;
import dev.meshseal.x509.TrustBundle;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The secrets of one mesh: its opened backends, its trust bundle and a certificate for each
 * identity. A Mesh takes force whole or not at all; what was in force before stays until then.
 */
final class MeshSecrets {
  private static final Duration FIRST_RETRY = Duration.ofSeconds(1);
  private static final Duration LAST_RETRY = Duration.ofMinutes(1);

  private static final int EARLIER_BUNDLES = 4;

  private static final String LEFT_OUT =
      "; it is not enabled and is left out, and so may be removed from the mesh";

  private final String name;
  private final Meshes meshes;
  private final IssuanceContext context;
  private final OpenedBackends opened;
  private final Lanes lanes;

  private final Map<DataplaneIdentity, IdentitySecret> identities = new ConcurrentHashMap<>();
  private final Set<StreamSecrets> watchers = ConcurrentHashMap.newKeySet();
  private final Map<X509Certificate, Instant> lastLeafUnder = new ConcurrentHashMap<>();

  // Written under force alone.
  private volatile InForce inForce = InForce.NOTHING;
  private final Object force = new Object();
  private volatile Optional<MeshStatus.Refusal> refusal = Optional.empty();

  // Guarded by this: what is wanted, and whether somebody is at work on it.
  private Optional<Mesh> wanted = Optional.empty();
  private boolean changed;
  private boolean opening;
  private boolean letGo;
  private boolean isNew;
  private int refusals;
  private Timer.@Nullable Alarm retry;

  /** One consistent state; replaced, never changed. */
  private record InForce(
      Optional<Mesh> mesh,
      Optional<Instant> since,
      List<OpenedBackend> backends,
      Optional<OpenedBackend> issuing,
      List<TrustedRoot> roots,
      Versioned<TrustBundle> trust,
      List<Versioned<TrustBundle>> earlier) {
    static final InForce NOTHING =
        new InForce(
            Optional.empty(),
            Optional.empty(),
            List.of(),
            Optional.empty(),
            List.of(),
            new Versioned<>(TrustBundle.EMPTY, ""),
            List.of());

    Optional<String> trustDomain() {
      return mesh.map(known -> known.identities().trustDomain());
    }

    /** The backend that this authority is of, while it is listed. */
    Optional<OpenedBackend> of(CertificateAuthority authority) {
      return backends.stream().filter(one -> one.authority().equals(authority)).findFirst();
    }

    /** The same Mesh with these backends and what follows from them. */
    InForce with(List<OpenedBackend> backends, List<TrustedRoot> roots) {
      var next = bundle(roots);
      var enabled = mesh.flatMap(Mesh::enabledBackend);
      return new InForce(
          mesh,
          since,
          List.copyOf(backends),
          backends.stream().filter(one -> enabled.equals(Optional.of(one.id().name()))).findFirst(),
          roots,
          next,
          past(next));
    }

    /** Nothing, but the roots of leaves that are out: should the mesh come back, they count. */
    InForce removed() {
      return new InForce(
          NOTHING.mesh(),
          NOTHING.since(),
          NOTHING.backends(),
          NOTHING.issuing(),
          roots,
          NOTHING.trust(),
          NOTHING.earlier());
    }

    InForce with(Mesh changed, Instant now) {
      return new InForce(
          Optional.of(changed), Optional.of(now), backends, issuing, roots, trust, earlier);
    }

    /** The bundles that proxies may hold when this one is replaced. */
    List<Versioned<TrustBundle>> past(Versioned<TrustBundle> next) {
      if (trust.equals(next) || trust.value().isEmpty()) {
        return earlier;
      }
      var past = new ArrayList<Versioned<TrustBundle>>();
      past.add(trust);
      earlier.stream().limit(EARLIER_BUNDLES - 1).forEach(past::add);
      return List.copyOf(past);
    }
  }

  MeshSecrets(
      String name, Meshes meshes, IssuanceContext context, OpenedBackends opened, Lanes lanes) {
    this.name = name;
    this.meshes = meshes;
    this.context = context;
    this.opened = opened;
    this.lanes = lanes;
  }

  // ---- what is in force

  String name() {
    return name;
  }

  Optional<Mesh> mesh() {
    return inForce.mesh();
  }

  Optional<OpenedBackend> issuing() {
    return inForce.issuing();
  }

  Versioned<TrustBundle> trust() {
    return inForce.trust();
  }

  /** Whether the operator has taken this mesh away. */
  synchronized boolean isRemoved() {
    return wanted.isEmpty();
  }

  Optional<MeshStatus.Refusal> refusal() {
    return refusal;
  }

  MeshStatus status() {
    var now = inForce;
    return new MeshStatus(
        name,
        now.mesh(),
        now.since(),
        now.backends(),
        now.roots(),
        now.trust(),
        now.earlier(),
        refusal);
  }

  List<IdentityStatus> identityStatuses() {
    return identities.values().stream().map(IdentitySecret::status).toList();
  }

  /** How many identities are asked for on streams that are open. */
  long connected() {
    return identities.values().stream().filter(IdentitySecret::isConnected).count();
  }

  // ---- streams

  /** Returns whether it is heard of from now on: not so, once the mesh has been let go of. */
  synchronized boolean watch(StreamSecrets stream) {
    if (!letGo) {
      watchers.add(stream);
    }
    return !letGo;
  }

  void unwatch(StreamSecrets stream) {
    watchers.remove(stream);
    letGoIfRemoved();
  }

  IdentitySecret join(DataplaneIdentity identity, StreamSecrets stream, IssueCause causeIfNone) {
    // Counted under the map's own lock, so that nobody joins what is being forgotten.
    var secret =
        identities.compute(
            identity,
            (key, known) -> {
              var one = known == null ? new IdentitySecret(identity, this, context) : known;
              one.join(stream);
              context.away().remove(one);
              return one;
            });
    secret.require(causeIfNone);
    return secret;
  }

  void leave(IdentitySecret secret, StreamSecrets stream) {
    if (secret.leave(stream)) {
      forgetIfIdle(secret);
    } else if (!secret.isConnected()) {
      context.away().left(secret).ifPresent(IdentitySecret::forget);
    }
  }

  /** The proxy is somebody else now, and will not come back as who it was. */
  void supersede(IdentitySecret secret, StreamSecrets stream) {
    if (secret.leave(stream)) {
      forgetIfIdle(secret);
    } else {
      secret.forget();
    }
  }

  void forgetIfIdle(IdentitySecret secret) {
    identities.computeIfPresent(
        secret.identity(), (key, known) -> known == secret && known.isIdle() ? null : known);
    if (!secret.isConnected()) {
      context.away().remove(secret);
    }
    issuing().ifPresent(one -> context.limiter().forget(one.id(), secret.identity()));
    letGoIfRemoved();
  }

  /** A mesh that was removed is remembered as long as somebody asks for it or holds its leaf. */
  private void letGoIfRemoved() {
    synchronized (this) {
      if (wanted.isPresent() || opening || !watchers.isEmpty() || !identities.isEmpty()) {
        return;
      }
      letGo = true;
    }
    meshes.forget(this);
    context.observer().meshForgotten(name);
  }

  /** Asks anew for the certificates of some proxies; returns how many. */
  int renew(Optional<String> dataplane) {
    var asked =
        identities.values().stream()
            .filter(
                secret ->
                    dataplane.isEmpty() || dataplane.get().equals(secret.identity().id().name()))
            .filter(secret -> issuing().isPresent() && !secret.isIdle())
            .toList();
    asked.forEach(secret -> secret.issue(IssueCause.OPERATOR_ASKED));
    return asked.size();
  }

  /** A leaf lives now that needs the roots of this backend until it expires. */
  void remember(OpenedBackend backend, IdentityCertificate certificate) {
    for (var root : backend.roots().roots()) {
      lastLeafUnder.merge(
          root, certificate.expiresAt(), (one, other) -> one.isAfter(other) ? one : other);
    }
  }

  // ---- changes

  /**
   * This Mesh, or what it refers to, is new. Returns at once; the newest one wins.
   *
   * @return whether it will take force: not here, once this has been let go of
   */
  boolean apply(Mesh mesh) {
    synchronized (this) {
      isNew = true;
    }
    return want(Optional.of(mesh));
  }

  /** What the Mesh refers to may have changed. */
  void reopen() {
    synchronized (this) {
      if (wanted.isEmpty()) {
        return;
      }
    }
    want(wanted());
  }

  /** Whatever an authority failed for may be over. */
  void authorityChanged() {
    inForce.backends().forEach(one -> context.limiter().forget(one.id()));
    reopen();
  }

  void remove() {
    want(Optional.empty());
  }

  private synchronized Optional<Mesh> wanted() {
    return wanted;
  }

  private boolean want(Optional<Mesh> mesh) {
    synchronized (this) {
      if (letGo) {
        return false;
      }
      wanted = mesh;
      changed = true;
      if (retry != null) {
        retry.cancel();
        retry = null;
      }
      if (opening) {
        return true;
      }
      opening = true;
    }
    lanes.waiting().execute(this::open);
    return true;
  }

  private void open() {
    while (takeChange()) {
      var mesh = wanted();
      try {
        mesh.ifPresentOrElse(this::put, this::clear);
      } catch (CaException refused) {
        refuse(refused);
      } catch (RuntimeException | Error bug) {
        refuse(CaException.rejected("mesh '%s' could not be opened: %s".formatted(name, bug), bug));
      }
    }
    letGoIfRemoved();
  }

  /** Whether there is more to do; if not, the next who changes something begins anew. */
  private synchronized boolean takeChange() {
    opening = changed;
    changed = false;
    return opening;
  }

  private void put(Mesh mesh) {
    var opening = openAll(mesh);
    var before =
        replace(
            now -> {
              var backends = upToDate(opening, now);
              return now.with(mesh, context.clock().instant())
                  .with(backends, roots(backends, now.roots()));
            });
    synchronized (this) {
      refusal = Optional.empty();
      refusals = 0;
    }
    opened.keepOnly(name, inForce.backends());
    // Blocks, which this thread may: it is the one that opens backends.
    issuing().ifPresent(now -> context.observer().waitsFor(now.id(), now.authority().waitsFor()));
    before
        .issuing()
        .ifPresentOrElse(old -> forgetFailures(old, issuing()), this::forgetEarlierFailures);
    context.observer().meshApplied(status());
    identities.values().forEach(IdentitySecret::reconsider);
  }

  /** An authority may have found other roots since its backend was looked up. */
  private static List<OpenedBackend> upToDate(List<OpenedBackend> opening, InForce now) {
    return opening.stream()
        .map(
            one ->
                now.of(one.authority())
                    .filter(known -> known.backend().equals(one.backend()))
                    .orElse(one))
        .toList();
  }

  private void forgetFailures(OpenedBackend old, Optional<OpenedBackend> now) {
    if (now.isEmpty() || now.get().differsFrom(old).isPresent()) {
      context.limiter().forget(old.id());
    }
  }

  /** What was counted before it was in force, perhaps of one that was removed, says nothing. */
  private void forgetEarlierFailures() {
    issuing().ifPresent(now -> context.limiter().forget(now.id()));
  }

  private void clear() {
    var before = replace(InForce::removed);
    synchronized (this) {
      refusal = Optional.empty();
      refusals = 0;
    }
    opened.keepOnly(name, List.of());
    before.backends().forEach(one -> context.limiter().forget(one.id()));
    context.observer().meshRemoved(name);
  }

  /**
   * A backend as it is now. Where its authority has other roots than it had, they take force here,
   * and every certificate under the old ones is issued anew.
   */
  OpenedBackend current(OpenedBackend asked) {
    if (asked.roots().equals(asked.authority().trustBundle())) {
      return asked;
    }
    var before = replace(now -> withRootsOf(asked.authority(), now));
    var listed = inForce.of(asked.authority());
    if (listed.isPresent() && !before.backends().contains(listed.get())) {
      context.observer().meshApplied(status());
      identities.values().forEach(IdentitySecret::reconsider);
    }
    return listed.orElse(asked);
  }

  // Asked once nobody else can be at it, so that the last to write has seen the latest.
  private InForce withRootsOf(CertificateAuthority authority, InForce now) {
    var roots = authority.trustBundle();
    var known = now.of(authority).filter(one -> !one.roots().equals(roots));
    if (known.isEmpty()) {
      return now;
    }
    var fresh = known.get().withRoots(roots);
    opened.replace(known.get(), fresh);
    var backends =
        now.backends().stream()
            .map(one -> one.authority().equals(authority) ? fresh : one)
            .toList();
    return now.with(backends, roots(backends, now.roots()));
  }

  /** Trust changes here, and each stream sends it before a certificate that needs it. */
  private InForce replace(UnaryOperator<InForce> change) {
    InForce before;
    InForce next;
    synchronized (force) {
      before = inForce;
      next = change.apply(before);
      inForce = next;
    }
    if (!before.trust().equals(next.trust()) || !before.trustDomain().equals(next.trustDomain())) {
      meshes.trustChanged();
    }
    if (!before.equals(next)) {
      watchers.forEach(StreamSecrets::wake);
    }
    return before;
  }

  private void refuse(CaException refused) {
    var now = context.clock().instant();
    synchronized (this) {
      refusals++;
      var wait = FIRST_RETRY.multipliedBy(1L << Math.min(refusals - 1, 6));
      var nextTry = now.plus(wait.compareTo(LAST_RETRY) > 0 ? LAST_RETRY : wait);
      var same = refusal.filter(old -> old.message().equals(refused.getMessage()));
      refusal =
          Optional.of(
              new MeshStatus.Refusal(
                  refused.getMessage(),
                  same.map(MeshStatus.Refusal::since).orElse(now),
                  Optional.of(nextTry)));
      retry = context.timer().at(nextTry, this::reopen);
      // That of another version of the Mesh is news, though it says the same.
      if (same.isPresent() && !isNew) {
        return;
      }
      isNew = false;
    }
    context.observer().meshNotApplied(name, refused);
    watchers.forEach(StreamSecrets::wake);
  }

  private List<OpenedBackend> openAll(Mesh mesh) {
    var backends = new ArrayList<OpenedBackend>();
    var refused = new ArrayList<CaException>();
    for (var index = 0; index < mesh.backends().size(); index++) {
      var backend = mesh.backends().get(index);
      try {
        backends.add(open(mesh, backend, index));
      } catch (CaException failure) {
        if (mesh.enabledBackend().equals(Optional.of(backend.name()))) {
          refused.add(failure);
        } else if (failure.hasEnded()) {
          // Nothing is verified by its roots, and nothing lost by leaving it out.
          context
              .observer()
              .warned(OpenedBackend.refOf(mesh, backend), failure.getMessage() + LEFT_OUT);
        } else if (!mesh.skipValidation()) {
          refused.add(failure);
        }
      }
    }
    if (!refused.isEmpty()) {
      throw all(refused);
    }
    return List.copyOf(backends);
  }

  private OpenedBackend open(Mesh mesh, Backend backend, int index) {
    try {
      return opened.open(mesh, backend);
    } catch (InvalidMeshException invalid) {
      var where = "mtls.backends[%d]".formatted(index);
      var message =
          "mesh '%s' backend '%s' cannot be opened: %s"
              .formatted(
                  mesh.name(),
                  backend.name(),
                  String.join(
                      "; ",
                      invalid.violations().stream()
                          .map(violation -> violation.under(where))
                          .map(Violation::toString)
                          .toList()));
      throw invalid.hasEnded()
          ? CaException.ended(message)
          : CaException.rejected(message, invalid);
    }
  }

  private static CaException all(List<CaException> refused) {
    if (refused.size() == 1) {
      return refused.getFirst();
    }
    var messages = String.join("; ", refused.stream().map(CaException::getMessage).toList());
    return refused.stream().allMatch(one -> one.kind() == CaException.Kind.REJECTED)
        ? CaException.rejected(messages, refused.getFirst())
        : CaException.unavailable(messages, refused.getFirst());
  }

  // ---- roots

  private List<TrustedRoot> roots(List<OpenedBackend> backends, List<TrustedRoot> before) {
    var roots = new ArrayList<TrustedRoot>();
    for (var one : backends) {
      for (var root : one.roots().roots()) {
        roots.add(new TrustedRoot(root, new Listed(one.id().name())));
      }
    }
    var now = context.clock().instant();
    for (var old : before) {
      var until = lastLeafUnder.get(old.root());
      var listed = roots.stream().anyMatch(root -> root.root().equals(old.root()));
      if (listed || until == null) {
        continue;
      }
      if (until.isAfter(now)) {
        roots.add(new TrustedRoot(old.root(), retiring(old, until)));
        context.timer().at(until, this::reopen);
      } else {
        lastLeafUnder.remove(old.root());
      }
    }
    return List.copyOf(roots);
  }

  private static TrustedRoot.Reason retiring(TrustedRoot old, Instant until) {
    return switch (old.reason()) {
      case Listed listed -> new Retiring(listed.backend(), until);
      case Retiring retiring -> new Retiring(retiring.backend(), until);
    };
  }

  private static Versioned<TrustBundle> bundle(List<TrustedRoot> roots) {
    var bundle = TrustBundle.of(roots.stream().map(TrustedRoot::root).toList());
    return new Versioned<>(bundle, Meshes.version(bundle.pem()));
  }
}
