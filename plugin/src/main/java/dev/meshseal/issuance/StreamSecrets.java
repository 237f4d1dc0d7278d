package dev.meshseal.issuance;

import dev.meshseal.identity.Dataplane;
import dev.meshseal.identity.DataplaneIdentity;
import dev.meshseal.identity.IdentityForm;
import dev.meshseal.identity.IdentityTemplate;
import dev.meshseal.identity.NoIdentityException;
import dev.meshseal.mesh.Mesh;
import dev.meshseal.x509.IdentityCertificate;
import dev.meshseal.x509.TrustBundle;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;

/** What one stream reads. Keeps little: there is one for each of ten thousand. */
final class StreamSecrets implements DataplaneSecrets {
  private final Meshes meshes;
  private final Runnable wake;

  // Guarded by this.
  private Dataplane dataplane;
  private boolean closed;
  private List<Bound> bound = List.of();
  private List<MeshSecrets> watched = List.of();

  /** The certificate that a form of this proxy's identity stands for, while nothing changes. */
  private record Bound(
      IdentityForm form, Dataplane of, IdentityTemplate by, IdentitySecret secret) {}

  StreamSecrets(Meshes meshes, Dataplane dataplane, Runnable wake) {
    this.meshes = meshes;
    this.dataplane = dataplane;
    this.wake = wake;
  }

  void wake() {
    wake.run();
  }

  @Override
  public synchronized Answer<IdentityCertificate> identity(IdentityForm form) {
    var found = find(dataplane.id().mesh());
    if (found.isEmpty()) {
      return noSuchMesh(dataplane.id().mesh());
    }
    var secrets = found.get();
    var mesh = secrets.mesh();
    if (mesh.isEmpty()) {
      return notInForce(secrets);
    }
    if (secrets.issuing().isEmpty()) {
      return new Answer.Refused<>(
          "mesh '%s' has mTLS off: set mtls.enabledBackend to one of its backends"
              .formatted(dataplane.id().mesh()));
    }
    try {
      return bind(form, secrets, mesh.get()).answer();
    } catch (NoIdentityException none) {
      return new Answer.Refused<>(none.getMessage());
    }
  }

  private IdentitySecret bind(IdentityForm form, MeshSecrets secrets, Mesh mesh) {
    var template = mesh.identities();
    var known = bound.stream().filter(one -> one.form() == form).findFirst();
    if (known.isPresent()
        && known.get().of().equals(dataplane)
        && known.get().by().equals(template)) {
      return known.get().secret();
    }
    var identity = template.identify(dataplane, form);
    var secret =
        known
            .map(Bound::secret)
            .filter(same -> same.identity().equals(identity))
            .orElseGet(() -> join(secrets, identity, known));
    var others = new ArrayList<>(bound);
    others.removeIf(one -> one.form() == form);
    others.add(new Bound(form, dataplane, template, secret));
    bound = List.copyOf(others);
    return secret;
  }

  private IdentitySecret join(
      MeshSecrets secrets, DataplaneIdentity identity, Optional<Bound> before) {
    var joined =
        secrets.join(
            identity, this, before.isPresent() ? IssueCause.TAGS_CHANGED : IssueCause.FIRST);
    before.ifPresent(old -> secrets.supersede(old.secret(), this));
    return joined;
  }

  @Override
  public synchronized Answer<TrustBundle> trust(String mesh) {
    var found = find(mesh);
    if (found.isEmpty()) {
      return noSuchMesh(mesh);
    }
    var secrets = found.get();
    if (secrets.mesh().isEmpty()) {
      return notInForce(secrets);
    }
    // Envoy refuses an empty trusted_ca: no bundle is better than an empty one.
    return secrets.trust().value().isEmpty()
        ? new Answer.Refused<>("mesh '%s' lists no mTLS backend".formatted(mesh))
        : new Answer.Ready<>(secrets.trust());
  }

  @Override
  public synchronized Answer<SortedMap<String, TrustBundle>> trustOfAll() {
    if (!closed) {
      meshes.watchAll(this);
    }
    var all = meshes.trustOfAll();
    return all.value().isEmpty()
        ? new Answer.Pending<>("no mesh has an mTLS backend yet")
        : new Answer.Ready<>(all);
  }

  @Override
  public synchronized Optional<String> meshOf(String trustDomain) {
    if (!closed) {
      meshes.watchAll(this);
    }
    return meshes.meshOf(trustDomain);
  }

  @Override
  public synchronized Optional<String> spiffeId() {
    try {
      return find(dataplane.id().mesh())
          .flatMap(MeshSecrets::mesh)
          .map(mesh -> mesh.identities().spiffeId(dataplane).toString());
    } catch (NoIdentityException none) {
      return Optional.empty();
    }
  }

  @Override
  public synchronized void become(Dataplane changed) {
    if (!changed.equals(dataplane)) {
      dataplane = changed;
    }
  }

  @Override
  public void close() {
    List<Bound> left;
    synchronized (this) {
      closed = true;
      left = bound;
      bound = List.of();
      watched.forEach(mesh -> mesh.unwatch(this));
      watched = List.of();
      meshes.unwatch(this);
    }
    left.forEach(
        one -> meshes.find(one.of().id().mesh()).ifPresent(m -> m.leave(one.secret(), this)));
  }

  /** The mesh of that name; from now on the stream is woken when it, or its absence, changes. */
  private Optional<MeshSecrets> find(String mesh) {
    var found = meshes.find(mesh).filter(this::watch);
    if (found.isEmpty() && !closed) {
      meshes.watchNames(this);
      found = meshes.find(mesh).filter(this::watch);
    }
    return found;
  }

  /** Returns whether it is there still: one that was removed may just be let go of. */
  private boolean watch(MeshSecrets mesh) {
    if (closed || watched.contains(mesh)) {
      return true;
    }
    if (!mesh.watch(this)) {
      return false;
    }
    var more = new ArrayList<>(watched);
    more.add(mesh);
    watched = List.copyOf(more);
    return true;
  }

  private static <T> Answer<T> noSuchMesh(String mesh) {
    return new Answer.Refused<>("there is no mesh '%s'".formatted(mesh));
  }

  private static <T> Answer<T> notInForce(MeshSecrets secrets) {
    var name = secrets.status().name();
    return secrets
        .refusal()
        .<Answer<T>>map(refusal -> new Answer.Pending<>(refusal.message()))
        .orElseGet(
            () ->
                secrets.isRemoved()
                    ? noSuchMesh(name)
                    : new Answer.Pending<>("mesh '%s' is being opened".formatted(name)));
  }
}
