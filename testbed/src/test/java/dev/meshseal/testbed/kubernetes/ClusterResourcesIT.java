package dev.meshseal.testbed.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.meshseal.ca.CaException;
import dev.meshseal.ca.SecretReader;
import dev.meshseal.kubernetes.ApiPath;
import dev.meshseal.kubernetes.Cluster;
import dev.meshseal.kubernetes.JsonApi;
import dev.meshseal.kubernetes.Pace;
import dev.meshseal.kubernetes.resources.ClusterResources;
import dev.meshseal.kubernetes.resources.ClusterSecretReader;
import dev.meshseal.mesh.Change;
import dev.meshseal.mesh.DataSource;
import dev.meshseal.mesh.Resources;
import dev.meshseal.server.files.FileSecretReader;
import dev.meshseal.testbed.kubernetes.OurRights.Right;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** Meshes and Secrets of a real API server, through everything that can become of it. */
class ClusterResourcesIT {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Pace QUICK =
      new Pace(
          Duration.ofMillis(50),
          Duration.ofMillis(500),
          Duration.ofSeconds(2),
          Duration.ofSeconds(3));
  private static final String KUMA = "type: system.kuma.io/secret, data: {value: %s}";

  @TempDir static Path home;
  private static TestCluster cluster;
  private static int names;

  @TempDir Path folder;
  private final List<AutoCloseable> opened = new ArrayList<>();
  private final List<Change> changes = new CopyOnWriteArrayList<>();
  private String namespace;
  private String mesh;

  @BeforeAll
  static void anApiServerRuns() {
    cluster = TestCluster.start(home);
    MeshCrd.install(cluster, MeshCrd.PERMISSIVE);
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

  private Cluster connect(Path kubeconfig) {
    var connection = Cluster.open(Optional.of(kubeconfig), Optional.of(namespace));
    opened.add(connection);
    return connection;
  }

  private ClusterResources watch(Cluster connection, Pace pace) {
    var resources = new ClusterResources(connection, InstantSource.system(), new Random(1), pace);
    opened.add(resources);
    resources.watch((now, changed) -> changes.addAll(changed));
    return resources;
  }

  private ClusterResources watch(Pace pace) throws InterruptedException {
    var resources = watch(connect(cluster.kubeconfig()), pace);
    assertThat(resources.awaitComplete(PATIENCE)).isTrue();
    return resources;
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  private static void awaitThat(Runnable assertion) {
    await().atMost(PATIENCE).pollInterval(Duration.ofMillis(10)).untilAsserted(assertion::run);
  }

  private static String enabled(ClusterResources resources, String mesh) {
    return resources
        .current()
        .mesh(mesh)
        .flatMap(dev.meshseal.mesh.Mesh::enabledBackend)
        .orElse("");
  }

  private static List<String> violations(Resources resources, String place) {
    return resources.refusals().stream()
        .filter(refusal -> refusal.document().at().toString().equals(place))
        .flatMap(refusal -> refusal.document().violations().stream())
        .map(Object::toString)
        .toList();
  }

  @Test
  void hearsOfAMeshThatIsAppliedChangedAndRemoved() throws InterruptedException {
    var resources = watch(Pace.DEFAULT);

    cluster.apply(MeshCrd.builtin(mesh, "ca-1"));
    awaitThat(() -> assertThat(enabled(resources, mesh)).isEqualTo("ca-1"));
    cluster.apply(MeshCrd.builtin(mesh, "ca-2"));
    awaitThat(() -> assertThat(enabled(resources, mesh)).isEqualTo("ca-2"));
    cluster.api().delete("/apis/kuma.io/v1alpha1/meshes/" + mesh).require();
    awaitThat(() -> assertThat(resources.current().mesh(mesh)).isEmpty());

    awaitThat(
        () ->
            assertThat(changes)
                .extracting(change -> change.getClass().getSimpleName())
                .containsExactly("MeshChanged", "MeshChanged", "MeshRemoved"));
  }

  @Test
  void findsAtItsStartWhatIsThereAlready() throws InterruptedException {
    cluster.apply(MeshCrd.builtin(mesh, "ca-1"));
    cluster.apply(MeshCrd.secret(namespace, "cert", mesh, KUMA.formatted(base64("pem"))));

    var resources = watch(Pace.DEFAULT);

    assertThat(enabled(resources, mesh)).isEqualTo("ca-1");
    assertThat(resources.current().secret(mesh, "cert").orElseThrow().data())
        .asString(StandardCharsets.UTF_8)
        .isEqualTo("pem");
    assertThat(changes).hasSize(2);
  }

  @Test
  void readsAMeshThatKubectlHasAppliedWithAllThatItLeavesThere() throws Exception {
    var resources = watch(Pace.DEFAULT);
    var file = Folders.write(folder.resolve("mesh.yaml"), MeshCrd.builtin(mesh, "ca-1"));

    cluster.kubectl("apply", "--validate=false", "-f", file.toString());

    awaitThat(() -> assertThat(enabled(resources, mesh)).isEqualTo("ca-1"));
    assertThat(resources.current().refusals()).isEmpty();
  }

  @Test
  void keepsTheLastGoodMeshWhenOneComesThatOnlyTheDefinitionLetIn() throws InterruptedException {
    var resources = watch(Pace.DEFAULT);
    cluster.apply(MeshCrd.builtin(mesh, "ca-1"));
    awaitThat(() -> assertThat(enabled(resources, mesh)).isEqualTo("ca-1"));

    cluster.apply(
        """
        apiVersion: kuma.io/v1alpha1
        kind: Mesh
        metadata: {name: %s}
        spec:
          mtls:
            enabledBackend: ca-9
            backends: [{name: ca-1, type: builtin, dpCerts: {}}]
        """
            .formatted(mesh));
    awaitThat(
        () ->
            assertThat(violations(resources.current(), "Mesh " + mesh))
                .containsExactlyInAnyOrder(
                    "spec.mtls.enabledBackend: is 'ca-9', but the backends are 'ca-1'",
                    "spec.mtls.backends[0].dpCerts: is not a field here; did you mean 'dpCert'?"));
    assertThat(enabled(resources, mesh)).isEqualTo("ca-1");
    assertThat(resources.current().refusals().getFirst().lastGoodStays()).isTrue();

    cluster.apply(MeshCrd.builtin(mesh + "-b", "ca-1"));
    awaitThat(() -> assertThat(enabled(resources, mesh + "-b")).isEqualTo("ca-1"));
    cluster.apply(MeshCrd.builtin(mesh, "ca-3"));
    awaitThat(() -> assertThat(enabled(resources, mesh)).isEqualTo("ca-3"));
    assertThat(resources.current().refusals()).isEmpty();
  }

  @Test
  void survivesMeshesThatAreNoneAtAll() throws InterruptedException {
    var resources = watch(Pace.DEFAULT);

    cluster
        .api()
        .post(
            "/apis/kuma.io/v1alpha1/meshes",
            """
            {"apiVersion": "kuma.io/v1alpha1", "kind": "Mesh", "metadata": {"name": "%s"},
             "spec": [1, {"mtls": true}], "mtls": {"enabledBackend": "x"}}
            """
                .formatted(mesh))
        .require();

    awaitThat(
        () ->
            assertThat(violations(resources.current(), "Mesh " + mesh))
                .containsExactlyInAnyOrder(
                    "spec: must be an object, is a list",
                    "mtls: in a Kubernetes Mesh it stands under spec: write it as spec.mtls"));
    cluster.apply(MeshCrd.builtin(mesh + "-b", "ca-1"));
    awaitThat(() -> assertThat(enabled(resources, mesh + "-b")).isEqualTo("ca-1"));
  }

  @Test
  void readsOnlySecretsThatBelongToAMesh() throws InterruptedException {
    var resources = watch(Pace.DEFAULT);

    cluster.apply(MeshCrd.secret(namespace, "mine", mesh, KUMA.formatted(base64("a"))));
    cluster.apply(MeshCrd.secret(namespace, "unlabelled", "", KUMA.formatted(base64("b"))));
    cluster.apply(MeshCrd.secret(namespace, "opaque", mesh, "type: Opaque, data: {value: YQ==}"));
    cluster.apply(
        MeshCrd.secret(
            namespace, "valueless", mesh, "type: system.kuma.io/secret, data: {tls.crt: YQ==}"));
    cluster.apply(
        MeshCrd.secret(
            namespace, "global", mesh, "type: system.kuma.io/global-secret, data: {value: YQ==}"));
    cluster.apply(MeshCrd.secret("default", "elsewhere", mesh, KUMA.formatted(base64("c"))));

    awaitThat(() -> assertThat(resources.current().secret(mesh, "mine")).isPresent());
    awaitThat(
        () ->
            assertThat(violations(resources.current(), "Secret " + namespace + "/valueless"))
                .containsExactly(
                    "data.value: is missing; a mesh's Secret has the one key 'value', this has 'tls.crt'"));
    assertThat(resources.current().secret("default", "unlabelled")).isPresent();
    assertThat(resources.current().secret(mesh, "opaque")).isEmpty();
    assertThat(resources.current().secret(mesh, "global")).isEmpty();
    assertThat(resources.current().secret(mesh, "elsewhere")).isEmpty();
    cluster.api().delete("/api/v1/namespaces/default/secrets/elsewhere").require();
  }

  @Test
  void readsASecretThatKubectlHasMade() throws InterruptedException {
    var resources = watch(Pace.DEFAULT);
    var file = Folders.write(folder.resolve("ca.pem"), "pem");

    kubectl(
        "create",
        "secret",
        "generic",
        "issuing-ca",
        "--type",
        "system.kuma.io/secret",
        "--from-file",
        "value=" + file);
    awaitThat(() -> assertThat(resources.current().secret("default", "issuing-ca")).isPresent());
    kubectl("label", "secret", "issuing-ca", "kuma.io/mesh=" + mesh);

    awaitThat(() -> assertThat(resources.current().secret(mesh, "issuing-ca")).isPresent());
    assertThat(resources.current().secret("default", "issuing-ca")).isEmpty();
  }

  private void kubectl(String... args) {
    var all = new ArrayList<>(List.of("-n", namespace));
    all.addAll(List.of(args));
    cluster.kubectl(all.toArray(String[]::new)).requireZero();
  }

  @Test
  void saysWhyASecretThatAMeshRefersToCannotBeRead() throws InterruptedException {
    var connection = connect(cluster.kubeconfig());
    var resources = watch(connection, Pace.DEFAULT);
    assertThat(resources.awaitComplete(PATIENCE)).isTrue();
    SecretReader reader =
        new ClusterSecretReader(
            connection,
            resources::current,
            new FileSecretReader(resources::current, List.of(), path -> {}));
    cluster.apply(MeshCrd.secret(namespace, "good", mesh, KUMA.formatted(base64("a"))));
    cluster.apply(MeshCrd.secret(namespace, "opaque", mesh, "type: Opaque, data: {value: YQ==}"));
    cluster.apply(MeshCrd.secret(namespace, "others", "other", KUMA.formatted(base64("a"))));
    cluster.apply(MeshCrd.secret(namespace, "nobodys", "", KUMA.formatted(base64("a"))));
    cluster.apply(MeshCrd.secret(namespace, "valueless", mesh, "type: system.kuma.io/secret"));
    awaitThat(() -> assertThat(resources.current().refusals()).hasSize(1));

    assertThat(reader.read(mesh, new DataSource.Secret("good")))
        .asString(StandardCharsets.UTF_8)
        .isEqualTo("a");
    assertThat(reader.read(mesh, DataSource.Inline.ofString("b")))
        .asString(StandardCharsets.UTF_8)
        .isEqualTo("b");
    assertRefused(
        reader,
        new DataSource.Secret("absent"),
        "refers to secret 'absent', but there is no Secret %s/absent; create it with type system.kuma.io/secret, label kuma.io/mesh: %s and the one key 'value'"
            .formatted(namespace, mesh));
    assertRefused(
        reader,
        new DataSource.Secret("opaque"),
        "but Secret %s/opaque has type 'Opaque', and the Secrets of a mesh have type system.kuma.io/secret; a type cannot be changed, so delete it and create it anew"
            .formatted(namespace));
    assertRefused(
        reader,
        new DataSource.Secret("others"),
        "belongs to mesh 'other', as its label kuma.io/mesh says");
    assertRefused(
        reader,
        new DataSource.Secret("nobodys"),
        "belongs to mesh 'default', as its label kuma.io/mesh is missing");
    assertRefused(reader, new DataSource.Secret("valueless"), "is refused: data.value: is missing");
    assertRefused(reader, new DataSource.Secret("../../pods"), "but no Secret can have that name");
    assertRefused(
        reader,
        new DataSource.File("/etc/passwd"),
        "which is in no folder that is open to meshes; move it, or start with --files DIR");
  }

  private void assertRefused(SecretReader reader, DataSource source, String sentence) {
    assertThatThrownBy(() -> reader.read(mesh, source))
        .isInstanceOf(CaException.class)
        .hasMessageStartingWith("mesh '%s' refers to ".formatted(mesh))
        .hasMessageContaining(sentence);
  }

  @Test
  void goesOnAfterARestartOfTheApiServerAndKeepsAllWhileItIsAway() throws InterruptedException {
    var resources = watch(QUICK);
    cluster.apply(MeshCrd.builtin(mesh, "ca-1"));
    awaitThat(() -> assertThat(enabled(resources, mesh)).isEqualTo("ca-1"));

    cluster.kill();
    awaitThat(() -> assertThat(resources.troubles()).hasSize(2));
    assertThat(enabled(resources, mesh)).isEqualTo("ca-1");
    assertThat(resources.troubles().getFirst())
        .startsWith("the API server did not answer to watch meshes.kuma.io");
    cluster.startAgain();
    cluster.apply(MeshCrd.builtin(mesh, "ca-2"));

    awaitThat(() -> assertThat(enabled(resources, mesh)).isEqualTo("ca-2"));
    awaitThat(() -> assertThat(resources.troubles()).isEmpty());
    assertThat(changes).noneMatch(Change.MeshRemoved.class::isInstance);
  }

  @Test
  void listsAgainWhenTheApiServerNoLongerKnowsWhereItWas() throws InterruptedException {
    try (var relay = Relay.to(cluster.server())) {
      var resources = watch(connect(through(relay)), QUICK);
      cluster.apply(MeshCrd.builtin(mesh, "ca-1"));
      cluster.apply(MeshCrd.builtin(mesh + "-b", "ca-1"));
      awaitThat(() -> assertThat(resources.current().meshes()).hasSize(2));

      // A new API server knows nothing of what was before it, and so answers 410.
      relay.cut();
      cluster.apply(MeshCrd.builtin(mesh, "ca-2"));
      cluster.api().delete("/apis/kuma.io/v1alpha1/meshes/" + mesh + "-b").require();
      cluster.restart();
      relay.restore();

      awaitThat(() -> assertThat(enabled(resources, mesh)).isEqualTo("ca-2"));
      awaitThat(
          () -> assertThat(changes).filteredOn(Change.MeshRemoved.class::isInstance).hasSize(1));
      assertThat(resources.current().mesh(mesh + "-b")).isEmpty();
    }
  }

  @Test
  void noticesAConnectionThatHasDiedWithoutAWord() throws InterruptedException {
    try (var relay = Relay.to(cluster.server())) {
      var resources = watch(connect(through(relay)), QUICK);
      assertThat(resources.awaitComplete(PATIENCE)).isTrue();

      relay.silence();
      cluster.apply(MeshCrd.builtin(mesh, "ca-1"));
      awaitThat(() -> assertThat(resources.troubles()).isNotEmpty());
      relay.restore();

      awaitThat(() -> assertThat(enabled(resources, mesh)).isEqualTo("ca-1"));
    }
  }

  @Test
  void callsAgainOverANewConnectionWhereTheOneOfAllCallsHasDiedWithoutAWord() {
    cluster.apply(MeshCrd.builtin(mesh, "ca-1"));
    var meshes = ApiPath.of("kuma.io", "v1alpha1", "meshes");
    try (var relay = Relay.to(cluster.server())) {
      var api = new JsonApi(connect(through(relay)));
      assertThat(api.find(meshes, mesh)).isPresent();

      relay.silence();
      assertThatThrownBy(() -> api.find(meshes, mesh)).hasMessageContaining("no answer within");
      relay.restore();

      assertThat(api.find(meshes, mesh)).isPresent();
    }
  }

  private Path through(Relay relay) {
    var direct =
        cluster.kubeconfigWith(cluster.token("admin"), namespace, folder.resolve("direct"));
    try {
      var text = java.nio.file.Files.readString(direct);
      return Folders.write(
          folder.resolve("relayed"),
          text.replace(cluster.server().toString(), relay.address().toString()));
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  static final List<Right> FOLLOWING =
      OurRights.ALL.stream()
          .filter(right -> right.verb().equals("list") || right.verb().equals("watch"))
          .toList();

  @ParameterizedTest
  @FieldSource("FOLLOWING")
  void namesTheRightThatIsMissingAndGoesOnWhenItIsGranted(Right missing) {
    var rights = new OurRights(cluster, namespace);
    var account = rights.account("meshseal", right -> !right.equals(missing), folder);
    cluster.apply(MeshCrd.builtin(mesh, "ca-1"));
    cluster.apply(MeshCrd.secret(namespace, "s", mesh, KUMA.formatted(base64("a"))));

    var resources = watch(connect(account), QUICK);

    var role =
        missing.clusterWide() ? "a ClusterRole" : "a Role in namespace '%s'".formatted(namespace);
    awaitThat(
        () ->
            assertThat(resources.troubles())
                .singleElement()
                .asString()
                .contains(
                    "'system:serviceaccount:%s:meshseal' lacks the right; grant verb '%s' on '%s' of API group '%s' by %s"
                        .formatted(
                            namespace, missing.verb(), missing.resource(), missing.group(), role)));
    rights.grant("meshseal", right -> true);
    awaitThat(() -> assertThat(resources.troubles()).isEmpty());
    awaitThat(() -> assertThat(enabled(resources, mesh)).isEqualTo("ca-1"));
    awaitThat(() -> assertThat(resources.current().secret(mesh, "s")).isPresent());
  }

  @Test
  void waitsForADefinitionThatIsNotThereYet() throws Exception {
    try (var bare = TestCluster.start(folder.resolve("bare"))) {
      bare.api()
          .post("/api/v1/namespaces", "{\"metadata\": {\"name\": \"%s\"}}".formatted(namespace));
      var resources = watch(connect(bare.kubeconfig()), QUICK);
      awaitThat(
          () ->
              assertThat(resources.troubles())
                  .singleElement()
                  .asString()
                  .contains("it has no resource meshes.kuma.io; install the CRD"));

      MeshCrd.install(bare, MeshCrd.PERMISSIVE);
      bare.apply(MeshCrd.builtin(mesh, "ca-1"));

      awaitThat(() -> assertThat(enabled(resources, mesh)).isEqualTo("ca-1"));
      bare.api()
          .delete("/apis/apiextensions.k8s.io/v1/customresourcedefinitions/" + MeshCrd.NAME)
          .require();
      awaitThat(() -> assertThat(resources.current().mesh(mesh)).isEmpty());
      awaitThat(() -> assertThat(resources.troubles()).isNotEmpty());
      MeshCrd.install(bare, MeshCrd.PERMISSIVE);
      bare.apply(MeshCrd.builtin(mesh, "ca-2"));
      awaitThat(() -> assertThat(enabled(resources, mesh)).isEqualTo("ca-2"));
      closeLast();
    }
  }

  // Before the API server it follows, so that it does not go on asking for it.
  private void closeLast() throws Exception {
    opened.removeLast().close();
  }
}
