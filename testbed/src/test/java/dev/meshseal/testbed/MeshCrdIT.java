package dev.meshseal.testbed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.meshseal.mesh.InvalidMeshException;
import dev.meshseal.mesh.MeshReader;
import dev.meshseal.testbed.kubernetes.Answer;
import dev.meshseal.testbed.kubernetes.KubernetesApi;
import dev.meshseal.testbed.kubernetes.TestCluster;
import dev.meshseal.testing.MeshCases.MeshCase;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import tools.jackson.databind.JsonNode;

/**
 * The definition of Mesh on a real API server: the same cases through it and through the reader of
 * {@code validate}, whose words for each are in {@code MeshViolationsTest}.
 */
class MeshCrdIT {
  private static final String MESHES = "/apis/kuma.io/v1alpha1/meshes";

  @TempDir private static Path folder;
  private static TestCluster cluster;
  private static KubernetesApi api;

  @BeforeAll
  static void start() {
    cluster = TestCluster.start(folder);
    api = cluster.api();
    api.apply(Chart.read(Chart.inRepository("deploy/crd/kuma.io_meshes.yaml")));
    Awaitility.await("the API server serves meshes")
        .atMost(Duration.ofSeconds(30))
        .until(() -> api.get(MESHES).isSuccess());
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  @ParameterizedTest
  @FieldSource("dev.meshseal.testing.MeshCases#VALID")
  void takesWhatValidateTakes(MeshCase valid) {
    assertThat(MeshReader.read(valid.kubernetes()).name()).isEqualTo("m");

    var answer = create(valid.kubernetes(), "Strict");
    assertThat(answer.status()).as("%s", answer.body()).isEqualTo(201);
  }

  @ParameterizedTest
  @FieldSource("dev.meshseal.testing.MeshCases#INVALID")
  void refusesWhatValidateRefusesWhereItCanTell(MeshCase invalid) {
    assertThatThrownBy(() -> MeshReader.read(invalid.kubernetes()))
        .isInstanceOf(InvalidMeshException.class);

    var strict = create(invalid.kubernetes(), "Strict");
    var lenient = create(invalid.kubernetes(), "Ignore");

    switch (invalid.schema()) {
      case REFUSES -> {
        assertThat(strict.status()).as("%s", strict.body()).isIn(400, 422);
        assertThat(lenient.status()).as("%s", lenient.body()).isEqualTo(422);
      }
      case REFUSES_IF_STRICT -> {
        assertThat(strict.status()).as("%s", strict.body()).isEqualTo(400);
        assertThat(strict.body()).contains("unknown field");
        assertThat(lenient.status()).as("%s", lenient.body()).isEqualTo(201);
      }
      case CANNOT_TELL -> {
        assertThat(strict.status()).as("%s", strict.body()).isEqualTo(201);
        assertThat(lenient.status()).as("%s", lenient.body()).isEqualTo(201);
      }
    }
  }

  @Test
  void saysInItsOwnWordsWhatIsWrong() {
    assertThat(messages("{enabledBackend: c, backends: [{name: a, type: builtin}]}"))
        .anyMatch(message -> message.endsWith("must be the name of one of the backends"));
    assertThat(messages("{backends: [{name: A, type: builtin}]}"))
        .anyMatch(message -> message.endsWith("must be in lower case for a builtin backend"));
    assertThat(
            messages(
                "{backends: [{name: a, type: builtin, dpCert: {rotation: {expiration: 1s}}}]}"))
        .anyMatch(
            message ->
                message.endsWith(
                    "must be 10s to 100y: clock skew and renewal need 10 seconds of a certificate's"
                        + " life"));
    assertThat(messages("{backends: [{name: a, type: vault, conf: {fromCp: {auth: {aws: {}}}}}]}"))
        .anyMatch(
            message ->
                message.endsWith("is missing; give it the address of Vault, or agentAddress"));
  }

  static final List<String> SECRETIVE =
      List.of(
          "{name: a, type: vault, conf: {fromCp: {address: 'https://v', auth: {token: {inline:"
              + " hvs.topsecret, inlineString: hvs.topsecret}}}}}",
          "{name: a, type: vault, conf: {fromCp: {address: 'https://v', auth: {token:"
              + " hvs.topsecret}}}}",
          "{name: a, type: vault, conf: {fromCp: {address: 'https://u:topsecret@v', auth: {token:"
              + " {secret: \"topsecret\\nx\"}}}}}",
          "{name: a, type: provided, conf: {cert: {inline: topsecret!}, key: {inlineString:"
              + " [topsecret]}}}",
          "{name: a, type: provided, conf: {cert: {secret: c}, key: {inline: topsecret%s}}}"
              .formatted("A".repeat(70_000)),
          "{name: a, type: acmpca, conf: {arn: '', endpoint: 'https://topsecret@v', caCert: {file:"
              + " \"topsecret\\n\"}}}");

  @ParameterizedTest
  @FieldSource("SECRETIVE")
  void showsNoValueOfADataSource(String backend) {
    var refused = create(mesh("m", "{backends: [%s]}".formatted(backend)), "Strict");

    assertThat(refused.status()).isEqualTo(422);
    assertThat(refused.body()).doesNotContain("topsecret");
  }

  @Test
  void refusesAMeshWhoseNameNoNodeIdCanHold() {
    assertThat(create(mesh("a.b", "{}"), "Strict").body()).contains("must have no dot");
    assertThat(create(mesh("a".repeat(64), "{}"), "Strict").body())
        .contains("must have at most 63 characters");
    assertThat(create(mesh("a".repeat(63), "{}"), "Strict").status()).isEqualTo(201);
  }

  @Test
  void refusesMtlsOutsideOfSpec() {
    var beside = "{apiVersion: kuma.io/v1alpha1, kind: Mesh, metadata: {name: m}, mtls: {}}";

    assertThat(create(beside, "Strict").body()).contains("unknown field \\\"mtls\\\"");
  }

  @Test
  void keepsWhatKumaHasOutsideOfMtls() {
    var kuma =
        """
        {apiVersion: kuma.io/v1alpha1, kind: Mesh, metadata: {name: kuma}, spec: {
          routing: {zoneEgress: true}, metrics: {backends: [{name: p, type: prometheus, conf:
          {port: 5670}}]}, meshServices: {mode: Exclusive}, mtls: {enabledBackend: ca-1, backends:
          [{name: ca-1, type: builtin, conf: {caCert: {RSAbits: 2048, expiration: 10y}}}]}}}
        """;

    var stored = create(kuma, "Strict").require().json().path("spec");

    assertThat(stored).isEqualTo(Chart.documents(kuma).getFirst().path("spec"));
  }

  @Test
  void showsTheBackendAndWhetherItIssues() {
    api.apply(mesh("shown", "{enabledBackend: a, backends: [{name: a, type: builtin}]}"));
    api.patch(
            MESHES + "/shown/status",
            """
            {"status": {"observedGeneration": 1, "enabledBackend": {"name": "a", "type": "builtin"},
             "conditions": [{"type": "Ready", "status": "True", "reason": "Issuing", "message": "issues",
               "observedGeneration": 1, "lastTransitionTime": "2026-11-26T00:00:00Z"}]}}
            """)
        .require();

    var table = cluster.kubectl("get", "mesh", "shown").requireZero().lines().toList();

    assertThat(table.getFirst().split("\\s+"))
        .containsExactly("NAME", "BACKEND", "TYPE", "READY", "AGE");
    assertThat(table.getLast().split("\\s+")).startsWith("shown", "a", "builtin", "True");
  }

  @Test
  void letsTheStatusChangeNothingOfTheSpec() {
    api.apply(mesh("own-status", "{backends: [{name: a, type: builtin}]}"));

    var patched =
        api.patch(
                MESHES + "/own-status/status",
                "{\"spec\": {\"mtls\": {\"enabledBackend\": \"a\"}}, \"status\": {\"observedGeneration\": 1}}")
            .require()
            .json();

    assertThat(patched.path("spec").path("mtls").has("enabledBackend")).isFalse();
    assertThat(patched.path("status").path("observedGeneration").asInt()).isOne();
    assertThat(patched.path("metadata").path("generation").asInt()).isOne();
  }

  @Test
  void takesTheExamples() {
    for (var example : List.of("mesh-certmanager.yaml", "mesh-builtin.yaml")) {
      var yaml = Chart.read(Chart.inRepository("deploy/examples/kubernetes/" + example));

      assertThat(create(yaml, "Strict").status()).as(example).isEqualTo(201);
    }
  }

  @Test
  void takesTheExampleOfAPodWithASidecar() {
    var yaml = Chart.inRepository("deploy/examples/kubernetes/pod.yaml").toString();

    cluster.kubectl("apply", "--dry-run=server", "--validate=strict", "-f", yaml).requireZero();
  }

  private static Answer create(String yaml, String validation) {
    return api.post(
        MESHES + "?dryRun=All&fieldValidation=" + validation,
        Chart.documents(yaml).getFirst().toString());
  }

  private static List<String> messages(String mtls) {
    return create(mesh("m", mtls), "Strict")
        .json()
        .path("details")
        .path("causes")
        .valueStream()
        .map(cause -> cause.path("message"))
        .map(JsonNode::asString)
        .toList();
  }

  private static String mesh(String name, String mtls) {
    return "{apiVersion: kuma.io/v1alpha1, kind: Mesh, metadata: {name: %s}, spec: {mtls: %s}}"
        .formatted(name, mtls);
  }
}
