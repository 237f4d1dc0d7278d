package dev.meshseal.testbed;

import dev.meshseal.identity.DataplaneId;
import dev.meshseal.issuance.CertificateAuthorities;
import dev.meshseal.issuance.IssuanceObserver;
import dev.meshseal.issuance.IssueLimiter;
import dev.meshseal.issuance.Lanes;
import dev.meshseal.issuance.Meshes;
import dev.meshseal.issuance.Rotation;
import dev.meshseal.issuance.WallTimer;
import dev.meshseal.kubernetes.Cluster;
import dev.meshseal.kubernetes.pods.Pods;
import dev.meshseal.kubernetes.pods.TokenReviews;
import dev.meshseal.mesh.Documents;
import dev.meshseal.mesh.Resources;
import dev.meshseal.server.KubernetesAccounts;
import dev.meshseal.server.auth.DataplaneAuthenticator;
import dev.meshseal.server.auth.NotAuthenticatedException;
import dev.meshseal.server.auth.ServiceAccountWayIn;
import dev.meshseal.server.files.DataDirectory;
import dev.meshseal.server.files.FileCaKeyStore;
import dev.meshseal.server.files.FileSecretReader;
import dev.meshseal.server.files.ServerAuthority;
import dev.meshseal.server.sds.EventLoops;
import dev.meshseal.server.sds.SdsLimits;
import dev.meshseal.server.sds.SdsListener;
import dev.meshseal.server.sds.SdsObserver;
import dev.meshseal.server.sds.SdsStreams;
import dev.meshseal.server.sds.SecretDiscoveryService;
import dev.meshseal.server.sds.StreamStatus;
import dev.meshseal.server.tls.CertificateSource;
import dev.meshseal.server.tls.ServerTls;
import dev.meshseal.testbed.kubernetes.TestCluster;
import dev.meshseal.x509.CertificateCheck;
import dev.meshseal.x509.CryptoProvider;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;

/** What serves pods, put together from its real parts in this process, on a real API server. */
final class PodServer implements AutoCloseable {
  private static final String MESHES =
      """
      type: Mesh
      name: default
      mtls:
        enabledBackend: ca-1
        backends:
        - {name: ca-1, type: builtin}
      ---
      type: Mesh
      name: red
      mtls:
        enabledBackend: ca-1
        backends:
        - {name: ca-1, type: builtin}
      """;

  /** Why streams were refused. */
  record Refused(String reason, String message) {}

  private final List<AutoCloseable> opened = new ArrayList<>();
  private final List<Refused> refused = new CopyOnWriteArrayList<>();
  private final DataDirectory data;
  private final Pods pods;
  private final SdsStreams streams;
  private final SdsListener listener;

  static PodServer start(TestCluster cluster, Path folder) {
    try {
      return new PodServer(cluster, folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private PodServer(TestCluster testCluster, Path folder) throws IOException {
    var clock = InstantSource.system();
    var crypto = CryptoProvider.best();
    var timer = closing(new WallTimer(clock));
    data = closing(DataDirectory.open(folder.resolve("data")));
    var cluster =
        closing(Cluster.open(Optional.of(testCluster.kubeconfig()), Optional.of("default")));
    pods = closing(Pods.follow(cluster, new Random(1)));

    var secrets = new FileSecretReader(Resources::none, List.of(), path -> {});
    var meshes =
        new Meshes(
            new CertificateAuthorities(
                secrets,
                new FileCaKeyStore(data, Optional.empty()),
                Optional.empty(),
                crypto,
                clock),
            secrets,
            new CertificateCheck(crypto),
            Lanes.start(),
            new IssueLimiter(IssueLimiter.Limits.DEFAULT, clock, new Random(2)),
            Rotation.AT_TWO_THIRDS,
            timer,
            clock,
            new Random(3),
            IssuanceObserver.NONE);
    var documents =
        new TreeMap<>(
            Collections.singletonMap(
                "meshes", Documents.read("meshes", MESHES.getBytes(StandardCharsets.UTF_8))));
    Resources.none()
        .next(documents, clock.instant())
        .resources()
        .meshes()
        .values()
        .forEach(meshes::apply);

    streams =
        new SdsStreams(
            "testbed",
            meshes,
            new DataplaneAuthenticator(pods::find),
            timer,
            clock,
            SdsLimits.Streams.DEFAULT,
            observer());
    var accounts = new KubernetesAccounts(new TokenReviews(cluster, "meshseal", clock), pods);
    accounts.follow(streams::dataplaneChanged);
    var wayIn = new ServiceAccountWayIn(accounts);
    wayIn.onChange(() -> streams.revoke(credential -> wayIn.withdrawn(credential).isPresent()));

    var tls =
        ServerTls.open(
            new CertificateSource.Generated(
                () -> ServerAuthority.open(data, Optional.empty(), crypto, clock),
                List.of("127.0.0.1")),
            crypto,
            timer,
            clock);
    listener =
        SdsListener.start(
            new SdsListener.Address.Tcp(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                Optional.of(tls.context())),
            new SecretDiscoveryService(streams, wayIn),
            SdsLimits.Connections.DEFAULT,
            closing(EventLoops.start()));
    closing(() -> listener.stop(Duration.ofMillis(200)));
    Awaitility.await().atMost(Duration.ofSeconds(20)).until(pods::isReady);
  }

  private SdsObserver observer() {
    return new SdsObserver() {
      @Override
      public void refused(String peer, Optional<String> nodeId, String reason, String message) {
        refused.add(new Refused(reason, message));
      }
    };
  }

  private <T extends AutoCloseable> T closing(T one) {
    opened.addFirst(one);
    return one;
  }

  Pods pods() {
    return pods;
  }

  List<Refused> refused() {
    return List.copyOf(refused);
  }

  boolean hasRefused(NotAuthenticatedException.Reason reason) {
    return refused.stream().anyMatch(one -> one.reason().equals(reason.name()));
  }

  /** When the oldest stream of a pod was opened; empty while it has none. */
  Optional<Instant> connectedSince(String mesh, String pod, String namespace) {
    return streams.statuses(new DataplaneId(mesh, pod + "." + namespace)).stream()
        .map(StreamStatus::since)
        .min(Instant::compareTo);
  }

  int port() {
    return listener.port().orElseThrow();
  }

  /** PEM of what verifies this server. */
  String ca() {
    try {
      return Files.readString(caFile());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Path caFile() {
    return data.serverCa();
  }

  @Override
  public void close() {
    for (var one : opened) {
      try {
        one.close();
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
