package dev.meshseal.testbed.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.meshseal.kubernetes.Cluster;
import dev.meshseal.kubernetes.Pace;
import dev.meshseal.kubernetes.resources.ClusterResources;
import dev.meshseal.kubernetes.resources.MeshStatuses;
import dev.meshseal.mesh.Mesh;
import dev.meshseal.testbed.kubernetes.OurRights.Right;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** What a real API server shows of a Mesh after the server has written what became of it. */
class MeshStatusesIT {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final String EVENTS = "/api/v1/namespaces/default/events";

  private static final String WITH_STATUS =
      MeshCrd.PERMISSIVE.replace(
          "storage: true", "storage: true\n      subresources: {status: {}}");

  @TempDir static Path home;
  private static TestCluster cluster;
  private static int names;

  @TempDir Path folder;
  private final List<AutoCloseable> opened = new ArrayList<>();
  private String namespace;
  private String mesh;

  /** One replica: what it knows, and what it says. */
  private record Replica(ClusterResources resources, MeshStatuses statuses) {
    Mesh mesh(String name) {
      return resources.current().mesh(name).orElseThrow();
    }
  }

  @BeforeAll
  static void anApiServerRuns() {
    cluster = TestCluster.start(home);
    MeshCrd.install(cluster, WITH_STATUS);
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  @BeforeEach
  void nameThings() {
    namespace = cluster.namespace("system");
    mesh = "mesh-" + ++names;
  }

  @AfterEach
  void close() throws Exception {
    for (var one : opened.reversed()) {
      one.close();
    }
    MeshCrd.removeMeshes(cluster);
  }

  private Replica replica(String name) throws InterruptedException {
    return replica(name, new OurRights(cluster, namespace).account(name, right -> true, folder));
  }

  private Replica replica(String name, Path kubeconfig) throws InterruptedException {
    var connection = Cluster.open(Optional.of(kubeconfig), Optional.of(namespace));
    opened.add(connection);
    var resources =
        new ClusterResources(connection, InstantSource.system(), new Random(1), Pace.DEFAULT);
    opened.add(resources);
    var statuses =
        new MeshStatuses(connection, resources, name, InstantSource.system(), new Random(1));
    opened.add(statuses);
    resources.watch((now, changes) -> {});
    assertThat(resources.awaitComplete(PATIENCE)).isTrue();
    return new Replica(resources, statuses);
  }

  private static void awaitThat(Runnable assertion) {
    await().atMost(PATIENCE).pollInterval(Duration.ofMillis(20)).untilAsserted(assertion::run);
  }

  private JsonNode object() {
    return cluster.api().get("/apis/kuma.io/v1alpha1/meshes/" + mesh).require().json();
  }

  private String condition(String type) {
    for (var condition : object().path("status").path("conditions")) {
      if (condition.path("type").asString().equals(type)) {
        return "%s %s %d %s"
            .formatted(
                condition.path("status").asString(),
                condition.path("reason").asString(),
                condition.path("observedGeneration").asLong(),
                condition.path("message").asString());
      }
    }
    return "none";
  }

  private List<JsonNode> events() {
    var all = new ArrayList<JsonNode>();
    for (var event : cluster.api().get(EVENTS).require().json().path("items")) {
      if (event.path("involvedObject").path("name").asString().equals(mesh)) {
        all.add(event);
      }
    }
    return all;
  }

  private static String told(JsonNode event) {
    return "%s %s %s"
        .formatted(
            event.path("type").asString(),
            event.path("reason").asString(),
            event.path("message").asString());
  }

  private void awaitMesh(Replica replica) {
    awaitThat(() -> assertThat(replica.resources().current().mesh(mesh)).isPresent());
  }

  /** The writes that the API server has noted for a replica. */
  private List<TestCluster.AuditedCall> writes(String account, String resource) {
    return cluster.auditedCalls(
        "system:serviceaccount:%s:%s".formatted(namespace, account),
        call ->
            call.resource().equals(resource)
                && !List.of("get", "list", "watch").contains(call.verb()));
  }

  @Test
  void saysOfAMeshThatItIsInForce() throws InterruptedException {
    var replica = replica("one");
    cluster.apply(MeshCrd.builtin(mesh, "ca-1"));
    awaitMesh(replica);

    replica.statuses().applied(replica.mesh(mesh));

    awaitThat(
        () ->
            assertThat(condition("Ready"))
                .isEqualTo("True MeshApplied 1 backend 'ca-1' of type builtin issues"));
    assertThat(condition("Valid")).isEqualTo("True Valid 1 nothing is wrong with it");
    assertThat(object().path("status").path("observedGeneration").asLong()).isEqualTo(1);
    assertThat(object().path("status").path("enabledBackend").toString())
        .isEqualTo("{\"name\":\"ca-1\",\"type\":\"builtin\"}");
    awaitThat(
        () ->
            assertThat(events())
                .singleElement()
                .satisfies(
                    event ->
                        assertThat(told(event))
                            .isEqualTo(
                                "Normal MeshApplied backend 'ca-1' of type builtin issues")));
    assertThat(cluster.kubectl("describe", "mesh", mesh).output()).contains("MeshApplied");
    assertThat(
            cluster
                .kubectl("wait", "mesh", mesh, "--for", "condition=Ready", "--timeout=10s")
                .exit())
        .isZero();
  }

  @Test
  void saysOfARefusedMeshAllThatIsWrongAndThatTheLastGoodOneStays() throws InterruptedException {
    var replica = replica("one");
    cluster.apply(MeshCrd.builtin(mesh, "ca-1"));
    awaitMesh(replica);
    replica.statuses().applied(replica.mesh(mesh));
    awaitThat(() -> assertThat(condition("Ready")).startsWith("True"));

    cluster.apply(
        MeshCrd.builtin(mesh, "ca-1")
            .replace("enabledBackend: ca-1", "enabledBackend: ca-9\n    skipValidaton: true"));

    var violations =
        "spec.mtls.skipValidaton: is not a field here; did you mean 'skipValidation'?; spec.mtls.enabledBackend: is 'ca-9', but the backends are 'ca-1'";
    awaitThat(() -> assertThat(condition("Valid")).isEqualTo("False MeshRefused 2 " + violations));
    assertThat(condition("Ready"))
        .isEqualTo("False MeshRefused 2 it is refused; the last good version of it stays in force");
    assertThat(object().path("status").path("enabledBackend").path("name").asString())
        .isEqualTo("ca-1");
    awaitThat(
        () ->
            assertThat(events())
                .extracting(MeshStatusesIT::told)
                .contains("Warning MeshRefused " + violations));
  }

  @Test
  void saysWhyABackendIsNotReadyAndThenThatItIs() throws InterruptedException {
    var replica = replica("one");
    cluster.apply(MeshCrd.builtin(mesh, "ca-1"));
    awaitMesh(replica);

    replica.statuses().notApplied(mesh, "vault is sealed");
    awaitThat(
        () -> assertThat(condition("Ready")).isEqualTo("False BackendNotReady 1 vault is sealed"));
    replica.statuses().applied(replica.mesh(mesh));
    awaitThat(() -> assertThat(condition("Ready")).startsWith("True MeshApplied 1"));
    replica.statuses().notApplied(mesh, "vault is sealed");
    awaitThat(() -> assertThat(condition("Ready")).startsWith("False"));

    awaitThat(
        () ->
            assertThat(events())
                .filteredOn(event -> event.path("reason").asString().equals("BackendNotReady"))
                .singleElement()
                .satisfies(event -> assertThat(event.path("count").asInt()).isEqualTo(2)));
    assertThat(events()).hasSize(2);
  }

  @Test
  void saysWhyAMeshInForceIssuesNothingOnceHoweverManyProxiesFail() throws InterruptedException {
    var replica = replica("one");
    cluster.apply(MeshCrd.builtin(mesh, "ca-1"));
    awaitMesh(replica);
    replica.statuses().applied(replica.mesh(mesh));
    awaitThat(() -> assertThat(condition("Ready")).startsWith("True"));

    for (var proxy = 0; proxy < 20; proxy++) {
      replica.statuses().fails(mesh, "did not issue for web-" + proxy);
    }
    awaitThat(
        () ->
            assertThat(condition("Ready")).isEqualTo("False NotIssuing 1 did not issue for web-0"));
    replica.statuses().issuing(mesh);
    awaitThat(() -> assertThat(condition("Ready")).startsWith("True MeshApplied 1"));

    assertThat(events())
        .extracting(event -> event.path("reason").asString())
        .containsExactlyInAnyOrder("MeshApplied", "NotIssuing");
  }

  @Test
  void keepsTheConditionsOfOthers() throws InterruptedException {
    cluster.apply(MeshCrd.builtin(mesh, "ca-1"));
    cluster
        .api()
        .patch(
            "/apis/kuma.io/v1alpha1/meshes/" + mesh + "/status",
            "{\"status\": {\"conditions\": [{\"type\": \"Theirs\", \"status\": \"True\"}]}}")
        .require();
    var replica = replica("one");

    replica.statuses().applied(replica.mesh(mesh));

    awaitThat(() -> assertThat(condition("Ready")).startsWith("True"));
    assertThat(condition("Theirs")).startsWith("True");
  }

  @Test
  void twoReplicasWriteTheSameOnce() throws InterruptedException {
    var one = replica("one");
    var other = replica("other");
    cluster.apply(MeshCrd.builtin(mesh, "ca-1"));
    awaitMesh(one);
    awaitMesh(other);

    one.statuses().applied(one.mesh(mesh));
    other.statuses().applied(other.mesh(mesh));

    awaitThat(() -> assertThat(condition("Ready")).startsWith("True MeshApplied"));
    settle();
    assertThat(writes("one", "meshes").size() + writes("other", "meshes").size())
        .isLessThanOrEqualTo(2);
    assertThat(events())
        .singleElement()
        .satisfies(event -> assertThat(event.path("count").asInt()).isEqualTo(1));
  }

  @Test
  void twoReplicasThatDisagreeDoNotContradictEachOtherForEver() throws InterruptedException {
    var one = replica("one");
    var other = replica("other");
    cluster.apply(MeshCrd.builtin(mesh, "ca-1"));
    awaitMesh(one);
    awaitMesh(other);

    one.statuses().applied(one.mesh(mesh));
    other.statuses().notApplied(mesh, "vault cannot be reached from here");

    awaitThat(() -> assertThat(condition("Ready")).isNotEqualTo("none"));
    settle();
    assertThat(writes("one", "meshes").size() + writes("other", "meshes").size())
        .isLessThanOrEqualTo(4);
  }

  @Test
  void writesNothingNewAfterARestart() throws Exception {
    var first = replica("one");
    cluster.apply(MeshCrd.builtin(mesh, "ca-1"));
    awaitMesh(first);
    first.statuses().applied(first.mesh(mesh));
    awaitThat(() -> assertThat(condition("Ready")).startsWith("True"));
    awaitThat(() -> assertThat(events()).hasSize(1));
    var before = object().path("metadata").path("resourceVersion").asString();
    first.statuses().close();

    var second = replica("two");
    second.statuses().applied(second.mesh(mesh));
    settle();

    assertThat(object().path("metadata").path("resourceVersion").asString()).isEqualTo(before);
    assertThat(events()).hasSize(1);
  }

  @Test
  void aFailureThatIsWordedAnewEachTimeIsNotAStormOfWrites() throws InterruptedException {
    var replica = replica("one");
    cluster.apply(MeshCrd.builtin(mesh, "ca-1"));
    awaitMesh(replica);

    for (var attempt : IntStream.range(0, 200).toArray()) {
      replica.statuses().notApplied(mesh, "vault did not answer, attempt " + attempt);
      await().pollDelay(Duration.ofMillis(10)).until(() -> true);
    }
    settle();

    assertThat(writes("one", "meshes").size()).isBetween(1, 3);
    assertThat(writes("one", "events").size()).isLessThanOrEqualTo(3);
  }

  @Test
  void startsWithAHundredMeshesAndWritesEachOnce() throws InterruptedException {
    for (var number = 0; number < 100; number++) {
      cluster.apply(MeshCrd.builtin(mesh + "-" + number, "ca-1"));
    }
    var replica = replica("one");

    replica.resources().current().meshes().values().forEach(replica.statuses()::applied);

    mesh = mesh + "-99";
    awaitThat(() -> assertThat(writes("one", "meshes")).hasSizeGreaterThanOrEqualTo(100));
    settle();
    // A call that got no answer in time is made again.
    assertThat(writes("one", "meshes")).hasSizeBetween(100, 103);
    assertThat(writes("one", "events")).hasSizeBetween(100, 103);
  }

  @Test
  void tellsEventsWhereItMayNotWriteAStatusAndTheOtherWayRound() throws InterruptedException {
    var rights = new OurRights(cluster, namespace);
    cluster.apply(MeshCrd.builtin(mesh, "ca-1"));
    var noStatus = new Right("patch", "kuma.io", "meshes/status", true);
    var one = replica("one", rights.account("one", right -> !right.equals(noStatus), folder));
    one.statuses().applied(one.mesh(mesh));
    awaitThat(() -> assertThat(events()).hasSize(1));
    assertThat(condition("Ready")).isEqualTo("none");

    var noEvents = new Right("create", "", "events", true);
    var other = replica("other", rights.account("other", right -> !right.equals(noEvents), folder));
    other.statuses().applied(other.mesh(mesh));
    awaitThat(() -> assertThat(condition("Ready")).startsWith("True"));
  }

  @Test
  void writesNoStatusWhereTheDefinitionHasNone() throws Exception {
    try (var kumas = TestCluster.start(folder.resolve("kuma"))) {
      MeshCrd.install(kumas, MeshCrd.PERMISSIVE);
      kumas.apply(MeshCrd.builtin(mesh, "ca-1"));
      kumas
          .api()
          .post("/api/v1/namespaces", "{\"metadata\": {\"name\": \"%s\"}}".formatted(namespace));
      var replica = replica("one", kumas.kubeconfig());

      replica.statuses().applied(replica.mesh(mesh));

      awaitThat(() -> assertThat(kumas.api().get(EVENTS).require().body()).contains("MeshApplied"));
      settle();
      assertThat(
              kumas
                  .api()
                  .get("/apis/kuma.io/v1alpha1/meshes/" + mesh)
                  .require()
                  .json()
                  .has("status"))
          .isFalse();
      replica.statuses().close();
      replica.resources().close();
    }
  }

  @Test
  void writesWhatBecameOfAMeshOnceTheApiServerIsBack() throws InterruptedException {
    var replica = replica("one");
    cluster.apply(MeshCrd.builtin(mesh, "ca-1"));
    awaitMesh(replica);

    cluster.kill();
    replica.statuses().applied(replica.mesh(mesh));
    cluster.startAgain();

    awaitThat(() -> assertThat(condition("Ready")).startsWith("True MeshApplied"));
    awaitThat(() -> assertThat(events()).hasSize(1));
  }

  /** Longer than anything waits before it is written. */
  private static void settle() {
    await().pollDelay(Duration.ofSeconds(1)).atMost(Duration.ofSeconds(5)).until(() -> true);
  }
}
