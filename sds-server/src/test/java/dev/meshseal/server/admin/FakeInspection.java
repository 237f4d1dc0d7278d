package dev.meshseal.server.admin;

import dev.meshseal.identity.DataplaneId;
import dev.meshseal.server.admin.BackendView.AuthorityView;
import dev.meshseal.server.admin.BackendView.Role;
import dev.meshseal.server.admin.DataplaneView.IdentityView;
import dev.meshseal.server.admin.DataplaneView.LeafView;
import dev.meshseal.server.admin.StreamView.DeliveredView;
import dev.meshseal.server.admin.StreamView.Kind;
import dev.meshseal.server.admin.StreamView.SecretView;
import dev.meshseal.x509.CaProfile;
import dev.meshseal.x509.CryptoProvider;
import dev.meshseal.x509.IssuingCa;
import dev.meshseal.x509.KeyType;
import dev.meshseal.x509.Pem;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.UnaryOperator;

/** A server that a test describes: at first one mesh, one backend and one proxy, all well. */
public final class FakeInspection implements Inspection {
  public static final Instant NOON = Instant.parse("2026-11-24T12:00:00Z");
  public static final String ROOT = "a".repeat(64);
  public static final String ROOT_PEM = create("root");
  private static final String OTHER_PEM = create("other");
  public static final DataplaneId WEB = new DataplaneId("default", "web-1");

  public ServerView server =
      new ServerView(
          "1.2.3",
          "abcdef0",
          NOON.minus(Duration.ofDays(2)),
          NOON,
          List.of("127.0.0.1:5690"),
          false,
          List.of(
              new CredentialView("server-tls", NOON.plus(Duration.ofDays(30)), Optional.empty())));
  public List<String> notReady = List.of();
  public List<MeshView> meshes = new ArrayList<>(List.of(mesh()));
  public List<BackendView> backends = new ArrayList<>(List.of(backend()));
  public List<DataplaneView> dataplanes = new ArrayList<>(List.of(dataplane("web-1", "5e1")));
  public List<RefusedView> refused = List.of();

  public static MeshView mesh() {
    return new MeshView(
        "default",
        "default",
        Optional.of("ca-1"),
        Optional.of("STRICT"),
        Optional.of(NOON.minus(Duration.ofDays(2))),
        Optional.empty(),
        bundle("trust-1", ROOT),
        List.of());
  }

  public static BundleView bundle(String version, String... roots) {
    return new BundleView(
        version,
        List.of(roots).stream()
            .map(
                root ->
                    new RootView(
                        root,
                        "CN=default",
                        NOON.minus(Duration.ofDays(100)),
                        NOON.plus(Duration.ofDays(3550)),
                        pem(root),
                        List.of("backend 'ca-1' is listed")))
            .toList());
  }

  /** A certificate is what a client reads there; whose does not matter. */
  private static String pem(String root) {
    return root.equals(ROOT) ? ROOT_PEM : OTHER_PEM;
  }

  private static String create(String name) {
    return Pem.certificate(
        IssuingCa.create(
                new CaProfile(
                    name, "default", new KeyType.Ec(KeyType.Curve.P_256), Duration.ofDays(3650)),
                CryptoProvider.jdk(),
                NOON)
            .certificate());
  }

  public static BackendView backend() {
    return new BackendView(
        "default",
        "ca-1",
        "builtin",
        true,
        true,
        List.of(
            new AuthorityView(
                Role.ROOT,
                ROOT,
                "CN=default",
                NOON.minus(Duration.ofDays(100)),
                NOON.plus(Duration.ofDays(3550)))),
        Duration.ofHours(24),
        Optional.of(Duration.ofHours(24)),
        Optional.of(NOON.minus(Duration.ofHours(1))),
        Optional.empty(),
        Optional.empty(),
        0,
        0,
        0,
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  /** A leaf of a day, issued an hour ago. */
  public static LeafView leaf(String serial) {
    var issued = NOON.minus(Duration.ofHours(1));
    return new LeafView(
        serial,
        "leaf-" + serial,
        issued.minusSeconds(10),
        issued.plus(Duration.ofHours(24)),
        ROOT,
        "ca-1",
        "first",
        issued,
        issued.plus(Duration.ofHours(16)));
  }

  /** A proxy that holds what was issued. */
  public static DataplaneView dataplane(String name, String serial) {
    var tags = new TreeMap<String, java.util.SortedSet<String>>();
    tags.put("kuma.io/service", new TreeSet<>(List.of("web")));
    var leaf = leaf(serial);
    var identity = delivered(leaf.version(), Optional.of(serial));
    var trust = delivered("trust-1", Optional.empty());
    return new DataplaneView(
        "default",
        name,
        Optional.of("spiffe://default/web"),
        tags,
        List.of(
            new IdentityView(
                "kuma",
                List.of("spiffe://default/web", "kuma://kuma.io/service/web"),
                Optional.of(leaf),
                Optional.empty(),
                false,
                Optional.empty())),
        List.of(
            new StreamView(
                "SDS",
                "SOTW",
                "/127.0.0.1:40000",
                NOON.minus(Duration.ofHours(1)),
                Optional.of("token 6f1c"),
                Optional.of(NOON.plus(Duration.ofDays(10))),
                "envoy 1.40.0",
                List.of(
                    secret("identity_cert:secret:default", Kind.IDENTITY, identity),
                    secret("mesh_ca:secret:default", Kind.TRUST, trust)),
                List.of())));
  }

  public static DeliveredView delivered(String version, Optional<String> serial) {
    return new DeliveredView(version, serial, NOON.minus(Duration.ofHours(1)).plusSeconds(1));
  }

  public static SecretView secret(String name, Kind kind, DeliveredView both) {
    return new SecretView(
        name,
        kind,
        Optional.of(both),
        Optional.of(both),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  // What a test changes, one part at a time.

  public FakeInspection mesh(UnaryOperator<MeshView> change) {
    meshes.replaceAll(change);
    return this;
  }

  public FakeInspection backend(UnaryOperator<BackendView> change) {
    backends.replaceAll(change);
    return this;
  }

  public FakeInspection identity(UnaryOperator<IdentityView> change) {
    dataplanes.replaceAll(
        view ->
            new DataplaneView(
                view.mesh(),
                view.name(),
                view.spiffeId(),
                view.tags(),
                view.identities().stream().map(change).toList(),
                view.streams()));
    return this;
  }

  public FakeInspection streams(UnaryOperator<List<StreamView>> change) {
    dataplanes.replaceAll(
        view ->
            new DataplaneView(
                view.mesh(),
                view.name(),
                view.spiffeId(),
                view.tags(),
                view.identities(),
                change.apply(view.streams())));
    return this;
  }

  public FakeInspection secrets(Kind kind, UnaryOperator<SecretView> change) {
    return streams(
        streams ->
            streams.stream()
                .map(
                    stream ->
                        new StreamView(
                            stream.service(),
                            stream.variant(),
                            stream.peer(),
                            stream.since(),
                            stream.credential(),
                            stream.credentialExpiresAt(),
                            stream.userAgent(),
                            stream.secrets().stream()
                                .map(
                                    secret -> secret.kind() == kind ? change.apply(secret) : secret)
                                .toList(),
                            stream.ignoredTypes()))
                .toList());
  }

  public FakeInspection without(Kind kind) {
    return streams(
        streams ->
            streams.stream()
                .map(
                    stream ->
                        new StreamView(
                            stream.service(),
                            stream.variant(),
                            stream.peer(),
                            stream.since(),
                            stream.credential(),
                            stream.credentialExpiresAt(),
                            stream.userAgent(),
                            stream.secrets().stream()
                                .filter(secret -> secret.kind() != kind)
                                .toList(),
                            stream.ignoredTypes()))
                .toList());
  }

  public FakeInspection refused(String reason, String message) {
    refused =
        List.of(
            new RefusedView(
                NOON.minusSeconds(30),
                "/127.0.0.1:40001",
                Optional.of("default.web-1"),
                reason,
                message));
    return this;
  }

  public FakeInspection at(Instant now) {
    server =
        new ServerView(
            server.version(),
            server.commit(),
            server.startedAt(),
            now,
            server.listeners(),
            server.kubernetes(),
            server.credentials());
    return this;
  }

  /** On a cluster, where data planes may be pods. */
  public FakeInspection onKubernetes() {
    server =
        new ServerView(
            server.version(),
            server.commit(),
            server.startedAt(),
            server.now(),
            server.listeners(),
            true,
            server.credentials());
    return this;
  }

  /** So many requests are with the backend, and end after so long. */
  public FakeInspection underWay(int queue, int pending, Duration remaining) {
    return backend(
        view ->
            new BackendView(
                view.mesh(),
                view.name(),
                view.type(),
                view.enabled(),
                view.opened(),
                view.authorities(),
                view.leafLifetime(),
                view.lastLifetime(),
                view.lastSuccess(),
                view.problem(),
                view.breaker(),
                view.failingProxies(),
                queue,
                pending,
                Optional.of(remaining),
                view.credential(),
                view.warning()));
  }

  public static ProblemView problem(String code, String message) {
    return new ProblemView(
        code, message, NOON.minusSeconds(90), 3, Optional.of(NOON.plusSeconds(12)));
  }

  @Override
  public ServerView server() {
    return server;
  }

  @Override
  public List<String> notReady() {
    return notReady;
  }

  @Override
  public List<MeshView> meshes() {
    return List.copyOf(meshes);
  }

  @Override
  public List<BackendView> backends() {
    return List.copyOf(backends);
  }

  @Override
  public List<DataplaneView> dataplanes() {
    return List.copyOf(dataplanes);
  }

  @Override
  public Optional<DataplaneView> dataplane(DataplaneId id) {
    return dataplanes.stream()
        .filter(view -> view.mesh().equals(id.mesh()) && view.name().equals(id.name()))
        .findFirst();
  }

  @Override
  public List<RefusedView> refused() {
    return refused;
  }
}
