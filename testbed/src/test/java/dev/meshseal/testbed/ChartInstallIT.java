package dev.meshseal.testbed;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meshseal.testbed.kubernetes.CaIssuers;
import dev.meshseal.testbed.kubernetes.CertManager;
import dev.meshseal.testbed.kubernetes.KubernetesApi;
import dev.meshseal.testbed.kubernetes.MeshCrd;
import dev.meshseal.testbed.kubernetes.TestCluster;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The chart on a real API server, with the real cert-manager where it is used. */
class ChartInstallIT {
  private static final String TOKEN =
      "/api/v1/namespaces/%s/secrets/meshseal-admin-token".formatted(Chart.NAMESPACE);
  private static final String DEFINITION =
      "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/meshes.kuma.io";
  private static final String CA = "meshseal-%s-ca".formatted(Chart.NAMESPACE);
  private static final String MESH = "/apis/kuma.io/v1alpha1/meshes/default";
  private static final List<String> PLAIN =
      List.of("certManager.enabled=false", "tls.secretName=\"server\"");

  // What Helm must know of them to have one.
  private static final String SERVICE_MONITORS =
      """
      apiVersion: apiextensions.k8s.io/v1
      kind: CustomResourceDefinition
      metadata: {name: servicemonitors.monitoring.coreos.com}
      spec:
        group: monitoring.coreos.com
        scope: Namespaced
        names: {kind: ServiceMonitor, plural: servicemonitors}
        versions:
        - name: v1
          served: true
          storage: true
          schema:
            openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}
      """;

  @TempDir private Path folder;

  @Test
  void installsUpgradesAndComesBack() {
    try (var cluster = cluster();
        var certManager = certManager(cluster)) {
      var first = helm(cluster, "install", List.of("crds.enabled=true")).requireZero();
      assertThat(first).contains("The API server has just learned what a Mesh is.");
      var token = token(cluster.api());
      await("the server's certificate is issued")
          .until(
              () -> cluster.api().get(secret(Chart.NAMESPACE, "meshseal-server-tls")).isSuccess());

      var again = helm(cluster, "upgrade", List.of("crds.enabled=true")).requireZero();
      assertThat(again).contains("kubectl get mesh default");
      assertThat(
              cluster.api().get(MESH).require().json().at("/spec/mtls/backends/0/type").asString())
          .isEqualTo("certmanager");
      assertThat(token(cluster.api())).isEqualTo(token);

      requireLeastRights(cluster);
      requireRestrictedPod(cluster);

      cluster.helm("uninstall", "meshseal", "--namespace", Chart.NAMESPACE).requireZero();
      assertThat(cluster.api().get(DEFINITION).isSuccess()).isTrue();
      assertThat(cluster.api().get(MESH).isSuccess()).isTrue();
      assertThat(token(cluster.api())).isEqualTo(token);

      // The API of cert-manager is all that the chart needs.
      certManager.stop();
      helm(cluster, "install", List.of("crds.enabled=true")).requireZero();
      assertThat(token(cluster.api())).isEqualTo(token);
    }
  }

  private static void requireLeastRights(TestCluster cluster) {
    await("the CA is made").until(() -> cluster.api().get(secret("cert-manager", CA)).isSuccess());

    // The key of the CA, and whatever else cert-manager keeps.
    assertThat(canI(cluster, "get", "secrets", "cert-manager")).isFalse();
    assertThat(canI(cluster, "list", "secrets", "cert-manager")).isFalse();
    assertThat(canI(cluster, "get", "secrets", "default")).isFalse();
    assertThat(canI(cluster, "update", "secrets", Chart.NAMESPACE)).isFalse();
    assertThat(canI(cluster, "create", "certificaterequests.cert-manager.io", "default")).isFalse();
    assertThat(canI(cluster, "update", "certificaterequests.cert-manager.io", Chart.NAMESPACE))
        .isFalse();
    assertThat(canI(cluster, "approve", "signers.cert-manager.io", Chart.NAMESPACE)).isFalse();
    assertThat(canI(cluster, "create", "pods", Chart.NAMESPACE)).isFalse();
    assertThat(canI(cluster, "create", "certificaterequests.cert-manager.io", Chart.NAMESPACE))
        .isTrue();
    assertThat(canI(cluster, "get", "secrets", Chart.NAMESPACE)).isTrue();
    var account = cluster.api().as(cluster.serviceAccountToken(Chart.NAMESPACE, "meshseal"));
    assertThat(account.get(secret("cert-manager", CA)).status()).isEqualTo(403);
  }

  /** In a namespace that takes no others. */
  private static void requireRestrictedPod(TestCluster cluster) {
    var deployment = "/apis/apps/v1/namespaces/%s/deployments/meshseal".formatted(Chart.NAMESPACE);
    var pod = cluster.api().get(deployment).require().json().at("/spec/template/spec");
    var pods = "/api/v1/namespaces/%s/pods?dryRun=All".formatted(Chart.NAMESPACE);
    var privileged = "{\"containers\": [{\"name\": \"a\", \"image\": \"a\"}]}";

    assertThat(cluster.api().post(pods, podOf(privileged)).status()).isEqualTo(403);
    cluster.api().post(pods, podOf(pod.toString())).require();
  }

  private static String podOf(String spec) {
    return "{\"metadata\": {\"name\": \"one\"}, \"spec\": %s}".formatted(spec);
  }

  @Test
  void leavesTheDefinitionOfAnotherProductAlone() {
    try (var cluster = cluster()) {
      cluster.apply(MeshCrd.PERMISSIVE);
      await("meshes are served")
          .until(() -> cluster.api().get("/apis/kuma.io/v1alpha1/meshes").isSuccess());
      cluster.apply(
          "{apiVersion: kuma.io/v1alpha1, kind: Mesh, metadata: {name: default}, spec: {}}");

      assertThat(helm(cluster, "install", with("crds.enabled=true")).output())
          .contains(
              "the definition of Mesh is there already, and another product's, such as Kuma's: it is"
                  + " used as it is, so set crds.enabled=false");
      assertThat(helm(cluster, "install", PLAIN).output())
          .contains(
              "mesh 'default' is there already, and not of this release: set mesh.create=false");

      helm(cluster, "install", with("mesh.create=false")).requireZero();
      assertThat(
              cluster.api().get(DEFINITION).require().json().at("/metadata/annotations").toString())
          .doesNotContain("helm");
      assertThat(cluster.api().get(MESH).require().json().path("spec").isEmpty()).isTrue();
      assertThat(canWriteStatus(cluster)).isFalse();
    }
  }

  @Test
  void saysWhatTheClusterLacks() {
    try (var cluster = cluster()) {
      assertThat(helm(cluster, "install", List.of()).output())
          .contains("this cluster has no cert-manager: install it first")
          .contains(
              "this cluster does not know the kind Mesh of kuma.io/v1alpha1: set crds.enabled=true,"
                  + " or apply deploy/crd first");

      applyOurDefinition(cluster);
      assertThat(helm(cluster, "install", with("crds.enabled=true")).output())
          .contains(
              "the definition of Mesh is Meshseal's already, and was not installed by this release:"
                  + " it is used as it is, and its status is written, so set crds.enabled=false");
      helm(cluster, "install", PLAIN).requireZero();
      assertThat(canWriteStatus(cluster)).isTrue();
      assertThat(
              cluster.api().get(MESH).require().json().at("/spec/mtls/backends/0/type").asString())
          .isEqualTo("builtin");
    }
  }

  @Test
  @SuppressWarnings("try")
  void installsTwoReleasesOfOneNameSideBySide() {
    var other = "elsewhere";
    try (var cluster = cluster();
        var certManager = certManager(cluster)) {
      cluster.apply("{apiVersion: v1, kind: Namespace, metadata: {name: %s}}".formatted(other));
      applyOurDefinition(cluster);

      helm(cluster, "install", List.of()).requireZero();
      helmIn(other, cluster, "install", List.of("mesh.name=\"other\"")).requireZero();

      await("two authorities")
          .until(
              () ->
                  Stream.of(Chart.NAMESPACE, other)
                      .allMatch(
                          namespace ->
                              cluster
                                  .api()
                                  .get(secret(namespace, "meshseal-server-tls"))
                                  .isSuccess()));
      assertThat(caOf(cluster, Chart.NAMESPACE)).isNotEqualTo(caOf(cluster, other));

      cluster.helm("uninstall", "meshseal", "--namespace", other).requireZero();
      assertThat(canI(cluster, "create", "events", "default")).isTrue();
      assertThat(canWriteStatus(cluster)).isTrue();
    }
  }

  private static String caOf(TestCluster cluster, String namespace) {
    var path = secret(namespace, "meshseal-server-tls");
    return cluster.api().get(path).require().json().at("/data/ca.crt").asString();
  }

  @Test
  @SuppressWarnings("try")
  void goesOverToAnotherIssuerAndWarnsOfIt() {
    var conf =
        "mesh.conf={\"commonName\":\"proxy\",\"dnsNames\":[\"web.example\"],\"leafKey\":{\"type\":\"RSA\"}}";
    try (var cluster = cluster();
        var certManager = certManager(cluster)) {
      applyOurDefinition(cluster);
      new CaIssuers(cluster).makeClusterWide("corp");
      helm(cluster, "install", List.of(conf)).requireZero();

      assertThat(upgrade(cluster, "mesh.create=false")).doesNotContain("WARNING");
      patchMesh(
          cluster,
          "json",
          """
          [{"op": "add", "path": "/spec/mtls/backends/-",
            "value": {"name": "ca-2", "type": "certmanager", "mode": "STRICT",
              "conf": {"issuerRef": {"name": "corp", "kind": "ClusterIssuer"}}}}]
          """);
      patchMesh(cluster, "merge", "{\"spec\": {\"mtls\": {\"enabledBackend\": \"ca-2\"}}}");
      var corp =
          List.of(
              "certManager.enabled=false",
              "certManager.issuer={\"name\":\"corp\",\"kind\":\"ClusterIssuer\"}");
      assertThat(upgrade(cluster, corp.toArray(String[]::new)))
          .contains(
              "WARNING: the server's certificate was signed by ClusterIssuer"
                  + " 'meshseal-meshseal-system-ca', and is now by ClusterIssuer 'corp'.");
      assertThat(upgrade(cluster)).doesNotContain("WARNING");
      assertThat(upgrade(cluster, "tls.secretName=\"server\""))
          .contains(
              "WARNING: the server's certificate was signed by ClusterIssuer 'corp', and is now the"
                  + " one in secret server.");

      var mesh = cluster.api().get(MESH).require().json().at("/spec/mtls");
      assertThat(mesh.path("enabledBackend").asString()).isEqualTo("ca-2");
      assertThat(mesh.at("/backends/0/conf/leafKey/type").asString()).isEqualTo("RSA");
      assertThat(mesh.at("/backends/1/conf/issuerRef/name").asString()).isEqualTo("corp");
    }
  }

  private static String upgrade(TestCluster cluster, String... values) {
    return helm(cluster, "upgrade", List.of(values), "--reuse-values").requireZero();
  }

  private static void patchMesh(TestCluster cluster, String type, String patch) {
    cluster.kubectl("patch", "mesh", "default", "--type", type, "--patch", patch).requireZero();
  }

  @Test
  void tellsWhatAMonitorNeedsOfACertificateOfTheUsers() {
    var sentence = "Prometheus verifies them by ca.crt in secret front. If that has none";
    var monitored =
        with("monitoring.serviceMonitor.enabled=true", "admin.tls.secretName=\"front\"");
    try (var cluster = cluster()) {
      applyOurDefinition(cluster);
      cluster.apply(SERVICE_MONITORS);
      await("service monitors are served")
          .until(
              () ->
                  cluster.api().get("/apis/monitoring.coreos.com/v1/servicemonitors").isSuccess());

      assertThat(helm(cluster, "install", monitored, "--dry-run=server").requireZero())
          .contains(sentence);
      monitored.add("monitoring.tlsConfig.serverName=\"front.example\"");
      assertThat(helm(cluster, "install", monitored, "--dry-run=server").requireZero())
          .doesNotContain("Prometheus verifies");
    }
  }

  private static void applyOurDefinition(TestCluster cluster) {
    cluster.apply(Chart.read(Chart.inRepository("deploy/crd/kuma.io_meshes.yaml")));
    await("meshes are served")
        .until(() -> cluster.api().get("/apis/kuma.io/v1alpha1/meshes").isSuccess());
  }

  private TestCluster cluster() {
    var cluster = TestCluster.start(folder.resolve("cluster"));
    cluster.apply(
        """
        {apiVersion: v1, kind: Namespace, metadata: {name: %s, labels:
          {pod-security.kubernetes.io/enforce: restricted}}}
        """
            .formatted(Chart.NAMESPACE));
    return cluster;
  }

  private CertManager certManager(TestCluster cluster) {
    cluster.apply("{apiVersion: v1, kind: Namespace, metadata: {name: cert-manager}}");
    return CertManager.start(cluster, folder, CertManager.Approver.ON);
  }

  private static List<String> with(String... values) {
    var all = new ArrayList<>(PLAIN);
    all.addAll(List.of(values));
    return all;
  }

  private static Command helm(
      TestCluster cluster, String verb, List<String> values, String... more) {
    return helmIn(Chart.NAMESPACE, cluster, verb, values, more);
  }

  private static Command helmIn(
      String namespace, TestCluster cluster, String verb, List<String> values, String... more) {
    var command = new ArrayList<String>();
    command.addAll(
        List.of(
            verb, "meshseal", Chart.ofThisTree().folder().toString(), "--namespace", namespace));
    command.addAll(List.of(more));
    values.forEach(value -> command.addAll(List.of("--set-json", value)));
    return cluster.helm(command.toArray(String[]::new));
  }

  private static boolean canI(TestCluster cluster, String verb, String what, String namespace) {
    var account = "system:serviceaccount:%s:meshseal".formatted(Chart.NAMESPACE);
    var answer =
        cluster.kubectl("auth", "can-i", verb, what, "--namespace", namespace, "--as", account);
    return answer.output().lines().anyMatch("yes"::equals);
  }

  private static boolean canWriteStatus(TestCluster cluster) {
    var account = "system:serviceaccount:%s:meshseal".formatted(Chart.NAMESPACE);
    var answer =
        cluster.kubectl(
            "auth", "can-i", "patch", "meshes.kuma.io", "--subresource", "status", "--as", account);
    return answer.output().lines().anyMatch("yes"::equals);
  }

  private static String token(KubernetesApi api) {
    return api.get(TOKEN).require().json().at("/data/token").asString();
  }

  private static String secret(String namespace, String name) {
    return "/api/v1/namespaces/%s/secrets/%s".formatted(namespace, name);
  }

  private static org.awaitility.core.ConditionFactory await(String what) {
    return Awaitility.await(what).atMost(Duration.ofSeconds(60));
  }
}
