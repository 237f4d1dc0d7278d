package dev.meshseal.testbed;

import dev.meshseal.testbed.kubernetes.CertManager;
import dev.meshseal.testbed.kubernetes.TestCluster;
import dev.meshseal.testbed.kubernetes.TestIssuer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import tools.jackson.databind.JsonNode;

/**
 * A cluster on which the chart is installed, with cert-manager and the external issuer. As nobody
 * starts its pods, the servers are processes here, under the chart's own account and rights.
 */
final class MeshCluster implements AutoCloseable {
  static final String SYSTEM = Chart.NAMESPACE;
  private static final List<String> VALUES =
      List.of(
          "crds.enabled=true",
          "certManager.enabled=false",
          "tls.secretName=\"server\"",
          "mesh.create=false",
          "rbac.externalIssuers=[{\"group\": \"testbed.meshseal.dev\","
              + " \"resources\": [\"testissuers\"], \"scope\": \"Namespaced\"}]");

  private final TestCluster cluster;
  private final CertManager certManager;
  private final TestIssuer testIssuer;
  private final Path kubeconfig;

  private MeshCluster(Path folder) {
    cluster = TestCluster.start(folder.resolve("cluster"));
    cluster.apply("{apiVersion: v1, kind: Namespace, metadata: {name: cert-manager}}");
    cluster.apply("{apiVersion: v1, kind: Namespace, metadata: {name: %s}}".formatted(SYSTEM));
    certManager =
        CertManager.start(cluster, folder.resolve("cert-manager"), CertManager.Approver.ON);
    testIssuer =
        TestIssuer.start(cluster, folder.resolve("test-issuer"), TestIssuer.Approval.ITS_OWN);
    installTheChart();
    kubeconfig =
        cluster.kubeconfigWith(
            cluster.serviceAccountToken(SYSTEM, "meshseal"),
            SYSTEM,
            folder.resolve("meshseal.kubeconfig"));
  }

  static MeshCluster start(Path folder) {
    return new MeshCluster(folder);
  }

  private void installTheChart() {
    var command = new ArrayList<String>();
    command.addAll(List.of("install", "meshseal", Chart.ofThisTree().folder().toString()));
    command.addAll(List.of("--namespace", SYSTEM));
    VALUES.forEach(value -> command.addAll(List.of("--set-json", value)));
    cluster.helm(command.toArray(String[]::new)).requireZero();
    Awaitility.await("the API server serves meshes")
        .atMost(Duration.ofSeconds(30))
        .until(() -> cluster.api().get("/apis/kuma.io/v1alpha1/meshes").isSuccess());
  }

  /**
   * A server under the chart's account. Leaves live for a minute and are renewed after a quarter of
   * it: they rotate often, and still outlive a restart on a machine that is busy.
   */
  ServerProcess server(Path folder) {
    return ServerProcess.onCluster(folder, kubeconfig, SYSTEM, "--renew-at", "0.25").awaitReady();
  }

  TestCluster kubernetes() {
    return cluster;
  }

  CertManager certManager() {
    return certManager;
  }

  TestIssuer testIssuer() {
    return testIssuer;
  }

  /**
   * @param backend fields in YAML's flow form: its type, and what belongs to that
   */
  void mesh(String name, String backend) {
    cluster.apply(
        """
        apiVersion: kuma.io/v1alpha1
        kind: Mesh
        metadata: {name: %s}
        spec:
          mtls:
            enabledBackend: ca-1
            backends:
            - {name: ca-1, dpCert: {rotation: {expiration: 60s}, requestTimeout: 20s}, %s}
        """
            .formatted(name, backend));
  }

  void removeMesh(String name) {
    cluster.api().delete("/apis/kuma.io/v1alpha1/meshes/" + name).require();
  }

  /** What stands in the status of a Mesh. */
  String status(String mesh) {
    return cluster
        .api()
        .get("/apis/kuma.io/v1alpha1/meshes/" + mesh)
        .require()
        .json()
        .path("status")
        .toString();
  }

  /** The requests for certificates of a mesh that were made and not deleted yet. */
  List<String> requests(String mesh) {
    return cluster
        .api()
        .names(
            "/apis/cert-manager.io/v1/namespaces/%s/certificaterequests?labelSelector=%s"
                .formatted(SYSTEM, "meshseal.dev/mesh%3D" + mesh));
  }

  /** The Secrets of the builtin authorities of a mesh. */
  List<JsonNode> authorities(String mesh) {
    return cluster
        .api()
        .get("/api/v1/namespaces/%s/secrets".formatted(SYSTEM))
        .require()
        .json()
        .path("items")
        .valueStream()
        .filter(secret -> secret.path("type").asString("").equals("meshseal.dev/ca"))
        .filter(
            secret -> secret.at("/metadata/annotations/meshseal.dev~1mesh").asString().equals(mesh))
        .toList();
  }

  @Override
  public void close() {
    testIssuer.close();
    certManager.close();
    cluster.close();
  }
}
