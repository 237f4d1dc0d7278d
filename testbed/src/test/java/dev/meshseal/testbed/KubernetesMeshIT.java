package dev.meshseal.testbed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.meshseal.cli.demo.EchoApp;
import dev.meshseal.cli.demo.EnvoyProcess;
import dev.meshseal.cli.demo.RequestLoop;
import dev.meshseal.testbed.MeshPods.Pair;
import dev.meshseal.testbed.kubernetes.CaIssuers;
import dev.meshseal.testbed.kubernetes.OpenBao;
import dev.meshseal.testbed.kubernetes.TestIssuer;
import dev.meshseal.x509.TestCa;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.function.Function;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/**
 * A mesh on Kubernetes from end to end: the real API server, the real cert-manager, the server as a
 * process under the chart's own account, and the real Envoys of pods.
 */
class KubernetesMeshIT {
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  /**
   * An issuer in the server's namespace.
   *
   * @param make makes it by the name given, and says what the backend has for it
   */
  record Kind(String name, Function<String, String> make) {
    @Override
    public String toString() {
      return name;
    }
  }

  static final List<Kind> ISSUERS =
      List.of(
          new Kind("ca", KubernetesMeshIT::caIssuer),
          new Kind("cluster", KubernetesMeshIT::clusterIssuer),
          new Kind("intermediate", KubernetesMeshIT::intermediate),
          new Kind("vault", KubernetesMeshIT::vault),
          new Kind("external", KubernetesMeshIT::external));

  /**
   * An issuer that no mesh can have.
   *
   * @param remedy what the operator is told to do
   */
  record Refused(String name, String spec, String sentence, String remedy) {
    @Override
    public String toString() {
      return name;
    }
  }

  static final List<Refused> REFUSED =
      List.of(
          new Refused(
              "self-signed",
              "selfSigned: {}",
              "is of type SelfSigned",
              "make a Certificate with isCA: true from it"),
          new Refused(
              "acme",
              "acme: {server: 'https://127.0.0.1:1/directory', privateKeySecretRef: {name: a}}",
              "is of type ACME, which issues for DNS names only",
              "use"));

  @TempDir private static Path folder;
  private static MeshCluster cluster;
  private static ServerProcess server;
  private static EchoApp app;

  @BeforeAll
  static void start() {
    app = EchoApp.start("backend");
    cluster = MeshCluster.start(folder);
    server = cluster.server(folder.resolve("server"));
  }

  @AfterAll
  static void stop() {
    server.close();
    cluster.close();
    app.close();
  }

  private static String caIssuer(String name) {
    new CaIssuers(cluster.kubernetes()).make(MeshCluster.SYSTEM, name);
    return certManager("issuerRef: {name: %s}".formatted(name));
  }

  private static String clusterIssuer(String name) {
    new CaIssuers(cluster.kubernetes()).makeClusterWide(name);
    return certManager("issuerRef: {name: %s, kind: ClusterIssuer}".formatted(name));
  }

  private static String intermediate(String name) {
    new CaIssuers(cluster.kubernetes()).makeIntermediate(MeshCluster.SYSTEM, name);
    return certManager("issuerRef: {name: %s}".formatted(name));
  }

  private static String vault(String name) {
    var mount = "pki-of-" + name;
    var root = OpenBao.shared().enablePki(mount);
    OpenBao.shared().makeIssuer(cluster.kubernetes(), MeshCluster.SYSTEM, name, mount);
    return certManager(
        "issuerRef: {name: %s}, caCert: {inlineString: \"%s\"}"
            .formatted(name, root.replace("\n", "\\n")));
  }

  private static String external(String name) {
    return external(name, TestIssuer.Behaviour.SIGN);
  }

  private static String external(String name, TestIssuer.Behaviour behaviour) {
    cluster.testIssuer().make(MeshCluster.SYSTEM, name, behaviour);
    return certManager(
        "issuerRef: {name: %s, kind: TestIssuer, group: %s}".formatted(name, TestIssuer.GROUP));
  }

  private static String certManager(String conf) {
    return "type: certmanager, conf: {%s}".formatted(conf);
  }

  private static MeshPods pods(String mesh) {
    return MeshPods.of(
        cluster, mesh, server.sdsPort(), server.data().resolve("server/ca.crt"), folder);
  }

  @ParameterizedTest
  @FieldSource("ISSUERS")
  void twoPodsTalkByCertificatesOfTheIssuer(Kind issuer) throws IOException {
    var mesh = "mesh-" + issuer.name();
    cluster.mesh(mesh, issuer.make().apply(mesh));
    var pods = pods(mesh);

    try (var pair = pods.pair(app)) {
      assertThat(RequestLoop.get(MeshPods.listener(pair.web()))).contains("backend");
      assertThat(answer(pair.backend())).as("plaintext").isEmpty();
      assertThat(pair.backend().admin().certs().getFirst().uris())
          .contains("spiffe://%s/%s".formatted(mesh, pods.service("backend")));
      assertThat(pair.backend().admin().sum("ssl\\.handshake$")).isPositive();
      assertThat(explain(pods.proxy("web"), pods.proxy("backend")).exit()).isZero();
      nothingFailed(pair, 0);
    }
  }

  private static Command explain(String... proxies) {
    var options = new ArrayList<>(List.of("explain"));
    options.addAll(List.of(proxies));
    options.addAll(List.of("--admin", "127.0.0.1:" + server.adminPort()));
    return MeshPods.meshseal(options);
  }

  /** What comes back through an Envoy; nothing where the connection is refused. */
  private static String answer(EnvoyProcess envoy) {
    try {
      return RequestLoop.get(MeshPods.listener(envoy));
    } catch (IOException refused) {
      return "";
    }
  }

  @ParameterizedTest
  @FieldSource("REFUSED")
  void anIssuerThatCannotServeAMeshIsRefusedWithTheRemedy(Refused issuer) throws IOException {
    var mesh = "mesh-" + issuer.name();
    cluster
        .kubernetes()
        .apply(
            """
            apiVersion: cert-manager.io/v1
            kind: Issuer
            metadata: {name: %s, namespace: %s}
            spec: {%s}
            """
                .formatted(mesh, MeshCluster.SYSTEM, issuer.spec()));
    cluster.mesh(mesh, certManager("issuerRef: {name: %s}".formatted(mesh)));
    var pods = pods(mesh);

    try (var envoy = pods.backend(app)) {
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () -> {
                var said = explain(pods.proxy("backend"));
                assertThat(said.exit()).isEqualTo(1);
                assertThat(said.output()).contains(issuer.sentence()).contains(issuer.remedy());
              });
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () ->
                  assertThat(cluster.status(mesh))
                      .contains(issuer.sentence())
                      .contains(issuer.remedy()));
      assertThat(server.get("/api/v1/backends?mesh=" + mesh).body())
          .contains("\"opened\":false", "\"code\":\"not-opened\"");
      assertThat(envoy.admin().isLive()).isFalse();
      await()
          .atMost(PATIENCE)
          .untilAsserted(() -> assertThat(server.logText()).contains(issuer.sentence()));
    }
  }

  @Test
  void aMeshThatIsRemovedIsShownNoMoreAndTheServerStaysReady() throws IOException {
    cluster.mesh("gone", caIssuer("gone"));
    try (var envoy = pods("gone").backend(app).awaitLive(PATIENCE)) {
      cluster.removeMesh("gone");

      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () -> {
                assertThat(server.get("/api/v1/meshes").body()).doesNotContain("\"gone\"");
                assertThat(server.get("/readyz").statusCode()).isEqualTo(200);
              });
      // What it has been given it keeps; only what is new is refused.
      assertThat(envoy.admin().isLive()).isTrue();
    }
  }

  @Test
  void aMeshOfWhichTheRootIsGivenSaysWhatItsIssuerLacksUntilItIsThere() {
    var root = TestCa.named("Given").root().certificatePem().replace("\n", "\\n");
    cluster.mesh(
        "given",
        certManager("issuerRef: {name: given}, caCert: {inlineString: \"%s\"}".formatted(root)));
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                assertThat(cluster.status("given"))
                    .contains("\"reason\":\"NotIssuing\"")
                    .contains("there is no Issuer 'given' in namespace"));

    caIssuer("given");

    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                assertThat(cluster.status("given"))
                    .contains("\"reason\":\"MeshApplied\"")
                    .doesNotContain("NotIssuing"));
    cluster.removeMesh("given");
  }

  /** Replicas that were all unready for one mesh would be of no use to the others. */
  @Test
  void aMeshThatWaitsForItsIssuerLeavesTheServerReady() throws IOException {
    cluster.mesh("stalls", external("stalls", TestIssuer.Behaviour.STALL));

    await().atMost(PATIENCE).until(() -> !cluster.requests("stalls").isEmpty());

    assertThat(server.get("/api/v1/meshes").body()).contains("\"stalls\"");
    assertThat(server.get("/readyz").statusCode()).isEqualTo(200);
    cluster.removeMesh("stalls");
  }

  @Test
  void noRequestFailsThroughThreeRotationsAndARestartOfEachPart() throws IOException {
    cluster.mesh("restarts", caIssuer("restarts"));
    try (var pair = pods("restarts").pair(app)) {
      awaitLeaves(List.of(pair), 4);

      restart(
          pair,
          () -> {
            server.killHard();
            server.startAgain();
          });
      restart(pair, cluster.certManager()::restart);
      restart(
          pair,
          () -> {
            cluster.kubernetes().kill();
            cluster.kubernetes().startAgain();
          });

      nothingFailed(pair, 100);
    }
  }

  /** Proxies that hold fresh leaves outlive the restart; the next is everybody's to do. */
  private static void restart(Pair pair, Runnable part) throws IOException {
    var fresh = pair.leaves() + 1;
    assertThat(server.post("/api/v1/meshes/restarts/renew").statusCode()).isEqualTo(202);
    awaitLeaves(List.of(pair), fresh);
    part.run();
    awaitLeaves(List.of(pair), pair.leaves() + 1);
  }

  /** Two servers behind one address, each with what is its own. */
  private record Replicas(ServerProcess first, ServerProcess second, Balancer balancer, Path ca)
      implements AutoCloseable {
    static Replicas start(Path own) throws Exception {
      try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
        var one = threads.submit(() -> cluster.server(own.resolve("replica-1")));
        var other = threads.submit(() -> cluster.server(own.resolve("replica-2")));
        var first = one.get();
        var second = other.get();
        // In a cluster both have one certificate, of cert-manager; here each makes its own.
        var ca = Files.writeString(own.resolve("ca.crt"), first.ca() + second.ca());
        var balancer = Balancer.to(List.of(first.sdsAddress(), second.sdsAddress()));
        return new Replicas(first, second, balancer, ca);
      }
    }

    MeshPods pods(String mesh, Path own) {
      return MeshPods.of(cluster, mesh, balancer.port(), ca, own);
    }

    @Override
    public void close() {
      balancer.close();
      first.close();
      second.close();
    }
  }

  @Test
  void twoReplicasMakeOneAuthorityAndNoRequestFailsWhenTheyAreKilledInTurn(@TempDir Path own)
      throws Exception {
    var issuer = caIssuer("replicas-2");
    try (var replicas = Replicas.start(own)) {
      // Both hear of it at the same moment, as does the server of the other tests.
      cluster.mesh("replicas-1", "type: builtin");
      cluster.mesh("replicas-2", issuer);
      try (var builtin = replicas.pods("replicas-1", own).pair(app);
          var certManager = replicas.pods("replicas-2", own).pair(app)) {
        var pairs = List.of(builtin, certManager);
        assertThat(cluster.authorities("replicas-1")).hasSize(1);
        var authority = cluster.authorities("replicas-1");

        for (var replica : List.of(replicas.first(), replicas.second())) {
          replica.killHard();
          // Its streams go on at the other, and with them the rotations.
          awaitMoreLeaves(pairs, 2);
          replica.startAgain();
        }
        awaitMoreLeaves(pairs, 1);

        assertThat(pairs).allSatisfy(pair -> nothingFailed(pair, 100));
        assertThat(cluster.authorities("replicas-1")).isEqualTo(authority);
      }
    }
    // What a killed one left behind is deleted by another, which looks every ten minutes, once it
    // is two minutes past its deadline.
    await()
        .atMost(Duration.ofMinutes(14))
        .untilAsserted(() -> assertThat(cluster.requests("replicas-2")).isEmpty());
  }

  private static void awaitMoreLeaves(List<Pair> pairs, int more) {
    for (var pair : pairs) {
      awaitLeaves(List.of(pair), pair.leaves() + more);
    }
  }

  private static void awaitLeaves(List<Pair> pairs, int leaves) {
    await()
        .atMost(Duration.ofMinutes(3))
        .pollInterval(Duration.ofMillis(200))
        .untilAsserted(
            () ->
                assertThat(pairs)
                    .allSatisfy(pair -> assertThat(pair.leaves()).isGreaterThanOrEqualTo(leaves)));
  }

  private static void nothingFailed(Pair pair, int requests) {
    var count = pair.loop().count();
    assertThat(count.failed()).as("%s", count).isZero();
    assertThat(count.ok()).isGreaterThanOrEqualTo(requests);
    for (var envoy : pair.envoys()) {
      assertThat(envoy.admin().sum("^sds\\..*update_rejected$")).isZero();
      assertThat(envoy.admin().sum("^sds\\..*update_success$")).isPositive();
    }
    assertThat(pair.backend().admin().sum("ssl\\.fail_verify")).isZero();
  }
}
