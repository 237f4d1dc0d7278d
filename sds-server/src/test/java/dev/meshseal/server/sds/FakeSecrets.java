package dev.meshseal.server.sds;

import dev.meshseal.identity.Dataplane;
import dev.meshseal.identity.DataplaneId;
import dev.meshseal.identity.IdentityForm;
import dev.meshseal.issuance.Answer;
import dev.meshseal.issuance.DataplaneSecrets;
import dev.meshseal.issuance.SecretSource;
import dev.meshseal.issuance.Versioned;
import dev.meshseal.x509.IdentityCertificate;
import dev.meshseal.x509.TrustBundle;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** Secrets that a test sets, shared by all data planes. Thread-safe. */
final class FakeSecrets implements SecretSource {
  private static final String PENDING = "is being made";

  private final Map<IdentityForm, Answer<IdentityCertificate>> identities =
      new EnumMap<>(IdentityForm.class);
  private final Map<String, Answer<TrustBundle>> bundles = new TreeMap<>();
  private final Map<DataplaneId, Dataplane> known = new ConcurrentHashMap<>();
  private final List<Opened> opened = new CopyOnWriteArrayList<>();

  /** Everything ready, in version 1, for meshes default and other. */
  static FakeSecrets ready() {
    var secrets = new FakeSecrets();
    secrets.identity(1);
    secrets.trust("default", TestRoots.first(1));
    secrets.trust("other", TestRoots.first(2));
    return secrets;
  }

  static IdentityCertificate certificate(int version) {
    return new IdentityCertificate(
        "chain " + version,
        "key " + version,
        Integer.toHexString(version),
        ManualTime.NOON,
        ManualTime.NOON.plus(Duration.ofHours(1)),
        "issuer");
  }

  synchronized void identity(int version) {
    var certificate = certificate(version);
    for (var form : IdentityForm.values()) {
      identities.put(
          form,
          new Answer.Ready<>(new Versioned<>(certificate, "i" + version + form.name().charAt(0))));
    }
  }

  synchronized void identityPending() {
    for (var form : IdentityForm.values()) {
      identities.put(form, new Answer.Pending<>(PENDING));
    }
  }

  synchronized void identityRefused(String reason) {
    for (var form : IdentityForm.values()) {
      identities.put(form, new Answer.Refused<>(reason));
    }
  }

  synchronized void trust(String mesh, TrustBundle bundle) {
    bundles.put(
        mesh,
        new Answer.Ready<>(
            new Versioned<>(bundle, "t" + Integer.toHexString(bundle.pem().hashCode()))));
  }

  synchronized void trustPending(String mesh) {
    bundles.put(mesh, new Answer.Pending<>(PENDING));
  }

  void wakeAll() {
    opened.forEach(one -> one.wake.run());
  }

  /** The data planes whose streams are open now. */
  List<DataplaneId> open() {
    return opened.stream().map(one -> one.dataplane).toList();
  }

  Optional<Dataplane> lastKnown(DataplaneId id) {
    return Optional.ofNullable(known.get(id));
  }

  @Override
  public DataplaneSecrets open(Dataplane dataplane, Runnable wake) {
    known.put(dataplane.id(), dataplane);
    var one = new Opened(dataplane.id(), wake);
    opened.add(one);
    return one;
  }

  private synchronized Answer<IdentityCertificate> read(IdentityForm form) {
    return identities.getOrDefault(form, new Answer.Pending<>(PENDING));
  }

  private synchronized Answer<TrustBundle> read(String mesh) {
    return bundles.getOrDefault(
        mesh, new Answer.Refused<>("there is no mesh '%s'".formatted(mesh)));
  }

  private synchronized Answer<SortedMap<String, TrustBundle>> readAll() {
    var all = new TreeMap<String, TrustBundle>();
    var version = new StringBuilder("a");
    bundles.forEach(
        (mesh, answer) -> {
          if (answer instanceof Answer.Ready<TrustBundle> ready) {
            all.put(mesh, ready.secret().value());
            version.append(ready.secret().version());
          }
        });
    return new Answer.Ready<>(new Versioned<>(all, version.toString()));
  }

  private final class Opened implements DataplaneSecrets {
    private final DataplaneId dataplane;
    private final Runnable wake;

    Opened(DataplaneId dataplane, Runnable wake) {
      this.dataplane = dataplane;
      this.wake = wake;
    }

    @Override
    public Answer<IdentityCertificate> identity(IdentityForm form) {
      return read(form);
    }

    @Override
    public Answer<TrustBundle> trust(String mesh) {
      return read(mesh);
    }

    @Override
    public Answer<SortedMap<String, TrustBundle>> trustOfAll() {
      return readAll();
    }

    @Override
    public Optional<String> meshOf(String trustDomain) {
      return Optional.of(trustDomain).filter(List.of("default", "other")::contains);
    }

    @Override
    public Optional<String> spiffeId() {
      return Optional.of("spiffe://%s/%s".formatted(dataplane.mesh(), dataplane.name()));
    }

    @Override
    public void become(Dataplane changed) {
      known.put(dataplane, changed);
    }

    @Override
    public void close() {
      opened.remove(this);
    }
  }
}
