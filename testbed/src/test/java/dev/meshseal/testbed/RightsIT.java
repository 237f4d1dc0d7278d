package dev.meshseal.testbed;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meshseal.cli.demo.EnvoyProcess;
import dev.meshseal.identity.DataplaneId;
import dev.meshseal.mesh.Backend;
import dev.meshseal.server.bootstrap.Delivery;
import dev.meshseal.server.bootstrap.EnvoyBootstrap;
import dev.meshseal.server.bootstrap.HostPort;
import dev.meshseal.server.bootstrap.Inbound;
import dev.meshseal.server.bootstrap.Sds;
import dev.meshseal.server.bootstrap.SdsEndpoint;
import dev.meshseal.server.bootstrap.SdsToken;
import dev.meshseal.server.bootstrap.SecretNames;
import dev.meshseal.server.bootstrap.Sidecar;
import dev.meshseal.testbed.ChartRights.Right;
import dev.meshseal.testbed.ChartRights.Where;
import dev.meshseal.testbed.kubernetes.CaIssuers;
import dev.meshseal.testbed.kubernetes.CertManager;
import dev.meshseal.testbed.kubernetes.Conditions;
import dev.meshseal.testbed.kubernetes.TestCluster;
import dev.meshseal.x509.TestCa;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/**
 * The server as a process under the chart's own account: with its rights all works, and without any
 * one of them what needs it fails and says so.
 */
class RightsIT {
  private static final Duration PATIENCE = Duration.ofSeconds(40);
  private static final String MESHES = "/apis/kuma.io/v1alpha1/meshes";
  private static final TestCa CA = TestCa.named("Given").root();

  @TempDir private static Path shared;
  private static TestCluster cluster;
  private static CertManager certManager;

  @TempDir private Path folder;
  private String namespace = "";
  private Optional<Right> missing = Optional.empty();
  private ChartRights rights;
  private Optional<ServerProcess> started = Optional.empty();
  private final List<AutoCloseable> opened = new ArrayList<>();

  @BeforeAll
  static void start() {
    cluster = TestCluster.start(shared.resolve("cluster"));
    cluster.apply(Chart.read(Chart.inRepository("deploy/crd/kuma.io_meshes.yaml")));
    Conditions.await(
        cluster.api(),
        "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/meshes.kuma.io",
        "Established",
        "True");
    cluster.apply("{apiVersion: v1, kind: Namespace, metadata: {name: cert-manager}}");
    certManager = CertManager.start(cluster, shared, CertManager.Approver.ON);
    new CaIssuers(cluster).makeClusterWide("everywhere");
  }

  @AfterAll
  static void stop() {
    certManager.close();
    cluster.close();
  }

  @BeforeEach
  void makeANamespace() {
    namespace = cluster.namespace("rights");
    rights = ChartRights.in(cluster, namespace);
  }

  @AfterEach
  void close() throws Exception {
    for (var one : opened.reversed()) {
      one.close();
    }
    for (var mesh : cluster.api().names(MESHES)) {
      cluster.api().delete(MESHES + "/" + mesh).require();
    }
  }

  // ---- with all rights

  @Test
  void withTheRightsOfTheChartEverythingWorksAndNothingIsForbidden() {
    makeIssuer();
    makeOrphan();
    makePod();
    applyBuiltin("built");
    startServer(Optional.empty());
    server().awaitReady();

    // What was read is in force, and said in the Mesh.
    Conditions.await(cluster.api(), MESHES + "/" + mesh("built"), "Ready", "True");
    await().until(() -> !events(mesh("built")).isEmpty());
    await().until(() -> !caSecrets().isEmpty());
    await().until(() -> requests().isEmpty());

    applyCertManager("issued", "{name: mesh, kind: Issuer}");
    applyCertManager("wide", "{name: everywhere, kind: ClusterIssuer}");
    applyProvided();
    Conditions.await(cluster.api(), MESHES + "/" + mesh("issued"), "Ready", "True");
    Conditions.await(cluster.api(), MESHES + "/" + mesh("wide"), "Ready", "True");

    labelNamespace(mesh("issued"));
    var envoy = envoy("issued").awaitLive(PATIENCE);
    label("pods/web-1", "\"kuma.io/version\": \"v2\"");
    await().until(() -> uris(envoy).contains("kuma://kuma.io/version/v2"));
    applyService();
    label("pods/web-1", "\"kuma.io/service\": null");
    await()
        .until(
            () ->
                uris(envoy)
                    .contains("spiffe://%s/web_%s_svc_80".formatted(mesh("issued"), namespace)));
    labelNamespace(mesh("built"));
    await()
        .until(() -> get("/api/v1/refused").contains("is for mesh '%s'".formatted(mesh("built"))));

    tellTwice();
    await().untilAsserted(() -> assertThat(counts(mesh("given"))).contains(2));
    await().until(() -> requests().isEmpty());
    assertThat(cluster.auditedCalls(rights.user(), call -> call.code() == 403)).isEmpty();
    assertThat(server().logText()).doesNotContain("lacks the right");
  }

  // ---- without one

  private interface Need {
    void fails();
  }

  static List<Right> rights() {
    return ChartRights.all();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("rights")
  void whatNeedsARightFailsWithoutItAndNamesIt(Right right) {
    missing = Optional.of(right);

    Optional.ofNullable(needs().get(right.toString()))
        .orElseThrow(() -> new AssertionError("nothing needs it, so the chart must not grant it"))
        .fails();
  }

  private Map<String, Need> needs() {
    return Map.ofEntries(
        Map.entry("list secrets", this::isNeverReady),
        Map.entry("list meshes", this::isNeverReady),
        Map.entry("list pods", this::isNeverReady),
        Map.entry("list services", this::isNeverReady),
        Map.entry("list namespaces", this::isNeverReady),
        Map.entry("watch secrets", this::hearsOfNoSecret),
        Map.entry("watch meshes", this::hearsOfNoMesh),
        Map.entry("watch pods", this::hearsOfNoChange),
        Map.entry("watch services", this::hearsOfNoChange),
        Map.entry("watch namespaces", this::hearsOfNoChange),
        Map.entry("get secrets", this::hasNoAuthority),
        Map.entry("create secrets", this::hasNoAuthority),
        Map.entry("create certificaterequests", this::issuesNothing),
        Map.entry("list certificaterequests", this::issuesNothing),
        Map.entry("watch certificaterequests", this::issuesNothing),
        Map.entry("delete certificaterequests", this::leavesRequestsBehind),
        Map.entry("list issuers", () -> doesNotKnowOf("{name: mesh, kind: Issuer}")),
        Map.entry("watch issuers", () -> doesNotKnowOf("{name: mesh, kind: Issuer}")),
        Map.entry("list clusterissuers", () -> doesNotKnowOf("{name: all, kind: ClusterIssuer}")),
        Map.entry("watch clusterissuers", () -> doesNotKnowOf("{name: all, kind: ClusterIssuer}")),
        Map.entry("create events", this::tellsNoEvent),
        Map.entry("patch events", this::countsNoEvent),
        Map.entry("patch meshes/status", this::writesNoStatus),
        Map.entry("get meshes", this::givesUpAStatusThatOthersWrite),
        Map.entry("create tokenreviews", this::letsNobodyIn),
        Map.entry("get pods", this::letsNobodyIn));
  }

  private void isNeverReady() {
    startServer(missing);

    await()
        .ignoreExceptionsInstanceOf(IOException.class)
        .untilAsserted(
            () -> {
              var answer = server().get("/readyz");
              assertThat(answer.statusCode()).isEqualTo(503);
              assertThat(answer.body()).contains(grant());
            });
    saysInTheLog();
  }

  private void hearsOfNoChange() {
    startServer(missing);

    saysInTheLog();
  }

  private void hearsOfNoMesh() {
    startServer(missing);
    server().awaitReady();
    saysInTheLog();

    applyBuiltin("late");

    assertStays(() -> get("/api/v1/meshes").contains(mesh("late")));
  }

  private void hearsOfNoSecret() {
    startServer(missing);
    server().awaitReady();
    saysInTheLog();

    applySecret("given.crt", CA.chainPem());
    applySecret("given.key", CA.keyPem());
    applyProvided();

    saysInTheMesh("given", "is there, but has not been read yet");
  }

  private void hasNoAuthority() {
    applyBuiltin("built");
    startServer(missing);

    saysInTheMesh("built", "has no authority");
    saysInTheMesh("built", grant());
    saysInTheLog();
  }

  private void issuesNothing() {
    makeIssuer();
    applyCertManager("issued", "{name: mesh, kind: Issuer}");
    startServer(missing);

    saysInTheMesh("issued", grant());
    saysInTheLog();
  }

  private void leavesRequestsBehind() {
    makeIssuer();
    makeOrphan();
    applyCertManager("issued", "{name: mesh, kind: Issuer}");
    startServer(missing);

    await("of its own")
        .untilAsserted(
            () ->
                assertThat(server().logText())
                    .contains("a request to cert-manager could not be deleted", grant()));
    await("of others")
        .until(() -> server().logText().contains("a request that was left behind could not be"));
    assertThat(requests()).contains("orphan").hasSizeGreaterThan(1);
  }

  private void doesNotKnowOf(String issuer) {
    applyCertManager("issued", issuer);
    startServer(missing);

    saysInTheLog();
    saysInTheLog("whether the issuer is Ready is not known");
  }

  private void tellsNoEvent() {
    applyBuiltin("built");
    startServer(missing);

    saysInTheLog();
    Conditions.await(cluster.api(), MESHES + "/" + mesh("built"), "Ready", "True");
    assertThat(events(mesh("built"))).isEmpty();
  }

  private void countsNoEvent() {
    startServer(missing);
    server().awaitReady();
    applyProvided();

    tellTwice();

    saysInTheLog();
    assertThat(counts(mesh("given"))).isNotEmpty().containsOnly(1);
  }

  private void writesNoStatus() {
    applyBuiltin("built");
    startServer(missing);

    saysInTheLog();
    assertThat(mesh("built", "/status").isMissingNode()).isTrue();
  }

  // Whoever writes a Mesh all the time is quicker than the server's status, again and again.
  private void givesUpAStatusThatOthersWrite() {
    startServer(missing);
    server().awaitReady();
    applyBuiltin("busy");

    var end = System.nanoTime() + PATIENCE.toNanos();
    for (var number = 0; !server().logText().contains(grant()); number++) {
      assertThat(System.nanoTime()).as(server().logText()).isLessThan(end);
      // A new generation now and then, of which the status must tell.
      var skips = number / 40 % 2 == 0;
      cluster
          .api()
          .patch(
              MESHES + "/" + mesh("busy"),
              "{\"metadata\": {\"annotations\": {\"n\": \"%d\"}}, \"spec\": {\"mtls\": {\"skipValidation\": %b}}}"
                  .formatted(number, skips))
          .require();
    }
    saysInTheLog();
  }

  private void letsNobodyIn() {
    makePod();
    applyBuiltin("built");
    labelNamespace(mesh("built"));
    startServer(missing);
    server().awaitReady();

    var envoy = envoy("built");

    await().untilAsserted(() -> assertThat(get("/api/v1/refused")).contains(grant()));
    assertThat(envoy.admin().isLive()).isFalse();
  }

  // ---- the server, and what it says

  private void startServer(Optional<Right> without) {
    var kubeconfig = rights.grantAllBut(without, folder);
    var server = ServerProcess.onCluster(folder.resolve("server"), kubeconfig, namespace);
    started = Optional.of(server);
    // What becomes of its streams is not waited for.
    opened.add(server::killHard);
  }

  private ServerProcess server() {
    return started.orElseThrow();
  }

  /** The pod of a token is read in its own namespace, for which a Role would do as well. */
  private String grant() {
    var right = missing.orElseThrow();
    var inTheNamespace =
        right.toString().equals("get pods")
            ? new Right(Where.SYSTEM_NAMESPACE, right.group(), right.resource(), right.verb())
            : right;
    return inTheNamespace.grant(namespace);
  }

  private void saysInTheMesh(String name, String sentence) {
    var path = MESHES + "/" + mesh(name);
    Conditions.await(cluster.api(), path, "Ready", "False");
    await()
        .untilAsserted(
            () ->
                assertThat(Conditions.field(cluster.api(), path, "Ready", "message"))
                    .contains(sentence));
  }

  private void saysInTheLog() {
    saysInTheLog(grant());
  }

  private void saysInTheLog(String sentence) {
    await().untilAsserted(() -> assertThat(server().logText()).contains(sentence));
  }

  private String get(String path) {
    try {
      return server().get(path).body();
    } catch (IOException notYet) {
      return "";
    }
  }

  private <T extends AutoCloseable> T closing(T one) {
    opened.add(one);
    return one;
  }

  private static ConditionFactory await() {
    return await("the server");
  }

  private static ConditionFactory await(String what) {
    return Awaitility.await(what).atMost(PATIENCE).pollInterval(Duration.ofMillis(50));
  }

  private static void assertStays(Callable<Boolean> never) {
    Awaitility.await()
        .during(Duration.ofSeconds(1))
        .atMost(Duration.ofSeconds(5))
        .until(() -> !never.call());
  }

  // ---- what there is in the cluster

  /** Meshes belong to no namespace, so each has that of its test in its name. */
  private String mesh(String name) {
    return name + "-" + namespace;
  }

  private JsonNode mesh(String name, String pointer) {
    return cluster.api().get(MESHES + "/" + mesh(name)).require().json().at(pointer);
  }

  private void applyMesh(String name, String type, String conf) {
    cluster.apply(
        """
        apiVersion: kuma.io/v1alpha1
        kind: Mesh
        metadata: {name: %s}
        spec: {mtls: {enabledBackend: ca-1, backends: [{name: ca-1, type: %s%s}]}}
        """
            .formatted(mesh(name), type, conf));
  }

  private void applyBuiltin(String name) {
    applyMesh(name, "builtin", "");
  }

  private void applyCertManager(String name, String issuer) {
    applyMesh(name, "certmanager", ", conf: {issuerRef: %s}".formatted(issuer));
  }

  private void applyProvided() {
    applyMesh("given", "provided", ", conf: {cert: {secret: given.crt}, key: {secret: given.key}}");
  }

  private void applySecret(String name, String value) {
    cluster.apply(
        """
        apiVersion: v1
        kind: Secret
        metadata: {namespace: %s, name: %s, labels: {kuma.io/mesh: %s}}
        type: system.kuma.io/secret
        data: {value: %s}
        """
            .formatted(
                namespace,
                name,
                mesh("given"),
                Base64.getEncoder().encodeToString(value.getBytes(StandardCharsets.UTF_8))));
  }

  /** The Mesh of provided files is in force, is not, and is again: the same is told twice. */
  private void tellTwice() {
    applySecret("given.crt", CA.chainPem());
    applySecret("given.key", CA.keyPem());
    awaitEvent("MeshApplied");
    Conditions.await(cluster.api(), MESHES + "/" + mesh("given"), "Ready", "True");
    cluster.api().delete(inNamespace("secrets/given.key")).require();
    Conditions.await(cluster.api(), MESHES + "/" + mesh("given"), "Ready", "False");
    awaitEvent("BackendNotReady");
    applySecret("given.key", CA.keyPem());
    Conditions.await(cluster.api(), MESHES + "/" + mesh("given"), "Ready", "True");
  }

  private void awaitEvent(String reason) {
    await(reason)
        .until(
            () ->
                events(mesh("given")).stream()
                    .anyMatch(event -> event.path("reason").asString().equals(reason)));
  }

  private List<JsonNode> events(String mesh) {
    return cluster
        .api()
        .get("/api/v1/namespaces/default/events")
        .require()
        .json()
        .path("items")
        .valueStream()
        .filter(event -> event.path("involvedObject").path("name").asString().equals(mesh))
        .toList();
  }

  private List<Integer> counts(String mesh) {
    return events(mesh).stream().map(event -> event.path("count").asInt()).toList();
  }

  private List<String> caSecrets() {
    return cluster.api().names(inNamespace("secrets")).stream()
        .filter(name -> name.contains(mesh("built")))
        .toList();
  }

  private void makeIssuer() {
    new CaIssuers(cluster).make(namespace, "mesh");
  }

  private String certificateRequests() {
    return "/apis/cert-manager.io/v1/namespaces/%s/certificaterequests".formatted(namespace);
  }

  /** Without the one by which cert-manager itself made the root of the issuer. */
  private List<String> requests() {
    return cluster.api().names(certificateRequests()).stream()
        .filter(name -> !name.startsWith("mesh-root"))
        .toList();
  }

  /** What a server that ended long ago left behind. */
  private void makeOrphan() {
    cluster.apply(
        """
        apiVersion: cert-manager.io/v1
        kind: CertificateRequest
        metadata:
          namespace: %s
          name: orphan
          labels: {app.kubernetes.io/managed-by: meshseal}
          annotations: {meshseal.dev/deadline: "2026-01-01T00:00:00Z"}
        spec: {request: YQ==, issuerRef: {name: none}}
        """
            .formatted(namespace));
  }

  private void makePod() {
    cluster.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata:
          namespace: %s
          name: web-1
          labels: {app: web, kuma.io/service: shop-web}
        spec:
          serviceAccountName: default
          containers:
          - {name: app, image: app, ports: [{name: http, containerPort: 8080}]}
        """
            .formatted(namespace));
  }

  private void applyService() {
    cluster.apply(
        """
        apiVersion: v1
        kind: Service
        metadata: {namespace: %s, name: web}
        spec: {selector: {app: web}, ports: [{port: 80, targetPort: http}]}
        """
            .formatted(namespace));
  }

  private void label(String path, String labels) {
    patchLabels(inNamespace(path), labels);
  }

  private void labelNamespace(String mesh) {
    patchLabels("/api/v1/namespaces/" + namespace, "\"kuma.io/mesh\": \"%s\"".formatted(mesh));
  }

  private static void patchLabels(String path, String labels) {
    cluster.api().patch(path, "{\"metadata\": {\"labels\": {%s}}}".formatted(labels)).require();
  }

  private String inNamespace(String path) {
    return "/api/v1/namespaces/%s/%s".formatted(namespace, path);
  }

  // ---- a sidecar

  private EnvoyProcess envoy(String mesh) {
    var name = "web-1." + namespace;
    var sds =
        new Sds(
            new SdsEndpoint.Tls(HostPort.parse("127.0.0.1:" + server().sdsPort()), server().ca()),
            new SdsToken.File(token()),
            Delivery.SOTW,
            SecretNames.kuma(mesh(mesh)));
    var bootstrap =
        new EnvoyBootstrap(
                new Sidecar(new DataplaneId(mesh(mesh), name), name, mesh(mesh)),
                sds,
                Optional.of(Inbound.parse("127.0.0.1:0:8080", Backend.Mode.STRICT)),
                List.of(),
                HostPort.parse("127.0.0.1:0"))
            .yaml();
    return closing(EnvoyVersion.ENVOY_1_40.start(bootstrap, folder.resolve("envoy")));
  }

  private Path token() {
    try {
      var token = cluster.serviceAccountToken(namespace, "default", "web-1", "meshseal");
      return Files.writeString(folder.resolve("token"), token);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<String> uris(EnvoyProcess envoy) {
    return envoy.admin().certs().stream().flatMap(leaf -> leaf.uris().stream()).distinct().toList();
  }
}
