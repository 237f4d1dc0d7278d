package dev.meshseal.issuance;

import dev.meshseal.ca.BackendRef;
import dev.meshseal.ca.SecretReader;
import dev.meshseal.identity.Dataplane;
import dev.meshseal.mesh.Mesh;
import dev.meshseal.x509.CertificateCheck;
import dev.meshseal.x509.Fingerprint;
import dev.meshseal.x509.TrustBundle;
import java.time.InstantSource;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.random.RandomGenerator;

/**
 * Every mesh with its secrets: where changes of Meshes enter, and where streams read. No method
 * blocks; all are thread-safe.
 */
public final class Meshes implements SecretSource {
  /** Certificates that are kept for proxies that are away: some twenty megabytes. */
  private static final int MOST_AWAY = 10_000;

  private final IssuanceContext context;
  private final OpenedBackends backends;
  private final Lanes lanes;
  private final Map<String, MeshSecrets> meshes = new ConcurrentHashMap<>();
  private final Set<StreamSecrets> allWatchers = ConcurrentHashMap.newKeySet();
  private final Set<StreamSecrets> nameWatchers = ConcurrentHashMap.newKeySet();
  private volatile Versioned<SortedMap<String, TrustBundle>> trustOfAll =
      new Versioned<>(Collections.emptySortedMap(), "");

  /**
   * @param random thread-safe
   */
  public Meshes(
      AuthorityOpener authorities,
      SecretReader secrets,
      CertificateCheck check,
      Lanes lanes,
      IssueLimiter limiter,
      Rotation rotation,
      Timer timer,
      InstantSource clock,
      RandomGenerator random,
      IssuanceObserver observer) {
    this.backends = new OpenedBackends(authorities, secrets, lanes);
    this.lanes = lanes;
    this.context =
        new IssuanceContext(
            new Issuer(check, clock),
            limiter,
            rotation,
            timer,
            clock,
            random,
            observer,
            new LongestAway<>(MOST_AWAY));
  }

  // ---- the operator's side

  /** Puts a Mesh in force: opens its backends, sends out trust, then what must be issued anew. */
  public void apply(Mesh mesh) {
    for (boolean applied = false; !applied; ) {
      var fresh = new MeshSecrets(mesh.name(), this, context, backends, lanes);
      var known = Optional.ofNullable(meshes.putIfAbsent(mesh.name(), fresh));
      applied = known.orElse(fresh).apply(mesh);
      if (!applied) {
        // It is just being let go of, and takes nothing more.
        forget(known.orElse(fresh));
      } else if (known.isEmpty()) {
        nameWatchers.forEach(StreamSecrets::wake);
      }
    }
  }

  /** A Secret or file that the Mesh refers to may have changed. */
  public void reopen(String mesh) {
    find(mesh).ifPresent(MeshSecrets::reopen);
  }

  /**
   * What an authority of the mesh waited for may have come: opens it, and proxies that were held
   * back after failures ask again at once.
   */
  public void authorityChanged(String mesh) {
    find(mesh).ifPresent(MeshSecrets::authorityChanged);
  }

  public void remove(String mesh) {
    find(mesh).ifPresent(MeshSecrets::remove);
  }

  /**
   * Asks for new certificates for one proxy of a mesh, or for all that are connected.
   *
   * @return how many were asked for; empty if there is no such mesh
   */
  public Optional<Integer> renew(String mesh, Optional<String> dataplane) {
    return find(mesh).map(secrets -> secrets.renew(dataplane));
  }

  /** Of every mesh that is declared, and of those that are still in force. */
  public List<MeshStatus> statuses() {
    return meshes.values().stream()
        .filter(secrets -> !secrets.isRemoved() || secrets.mesh().isPresent())
        .map(MeshSecrets::status)
        .toList();
  }

  /**
   * Whether a backend brings nobody a certificate: its breaker is open, or all proxies of its mesh
   * that are connected failed when they asked last.
   */
  public boolean failsForAll(BackendRef backend) {
    var failing = context.limiter().failing(backend);
    return context.limiter().breaker(backend).isPresent()
        || (failing > 0 && find(backend.mesh()).map(MeshSecrets::connected).orElse(0L) <= failing);
  }

  public List<IdentityStatus> identities(String mesh) {
    return find(mesh).map(MeshSecrets::identityStatuses).orElse(List.of());
  }

  public IssueLimiter limiter() {
    return context.limiter();
  }

  // ---- the streams' side

  @Override
  public DataplaneSecrets open(Dataplane dataplane, Runnable wake) {
    return new StreamSecrets(this, dataplane, wake);
  }

  /** It was removed, and nobody has anything of it any more. */
  void forget(MeshSecrets mesh) {
    meshes.remove(mesh.name(), mesh);
  }

  Optional<MeshSecrets> find(String mesh) {
    return Optional.ofNullable(meshes.get(mesh));
  }

  Optional<String> meshOf(String trustDomain) {
    return meshes.values().stream()
        .map(MeshSecrets::mesh)
        .flatMap(Optional::stream)
        .filter(mesh -> mesh.identities().trustDomain().equals(trustDomain))
        .map(Mesh::name)
        .sorted()
        .findFirst();
  }

  Versioned<SortedMap<String, TrustBundle>> trustOfAll() {
    return trustOfAll;
  }

  void watchAll(StreamSecrets stream) {
    allWatchers.add(stream);
  }

  void watchNames(StreamSecrets stream) {
    nameWatchers.add(stream);
  }

  void unwatch(StreamSecrets stream) {
    allWatchers.remove(stream);
    nameWatchers.remove(stream);
  }

  /** Two meshes may share a trust domain: each proxy of it then trusts the roots of both. */
  void trustChanged() {
    synchronized (this) {
      var byDomain = new TreeMap<String, TrustBundle>();
      for (var secrets : meshes.values()) {
        var bundle = secrets.trust().value();
        if (!bundle.isEmpty()) {
          secrets
              .mesh()
              .ifPresent(
                  mesh ->
                      byDomain.merge(mesh.identities().trustDomain(), bundle, TrustBundle::union));
        }
      }
      var text = new StringBuilder();
      byDomain.forEach((domain, bundle) -> text.append(domain).append('\n').append(bundle.pem()));
      trustOfAll =
          new Versioned<>(Collections.unmodifiableSortedMap(byDomain), version(text.toString()));
    }
    allWatchers.forEach(StreamSecrets::wake);
  }

  /** The same on every replica and after a restart, because it says nothing but the content. */
  static String version(String content) {
    return Fingerprint.of(content).substring(0, 32);
  }
}
