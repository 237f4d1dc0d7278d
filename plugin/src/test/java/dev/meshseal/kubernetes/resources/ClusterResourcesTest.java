package dev.meshseal.kubernetes.resources;

import static dev.meshseal.testing.FakeApiServer.json;
import static dev.meshseal.testing.FakeApiServer.status;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.meshseal.kubernetes.Cluster;
import dev.meshseal.kubernetes.Pace;
import dev.meshseal.mesh.Change;
import dev.meshseal.testing.FakeApiServer;
import dev.meshseal.testing.FakeClock;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClusterResourcesTest {
  private static final String MESHES = "GET /apis/kuma.io/v1alpha1/meshes?";
  private static final String SECRETS = "GET /api/v1/namespaces/meshseal-system/secrets?";
  private static final Pace PACE =
      new Pace(
          Duration.ofMillis(5),
          Duration.ofMillis(40),
          Duration.ofSeconds(2),
          Duration.ofSeconds(5));

  @TempDir Path folder;

  private final FakeApiServer api = FakeApiServer.start();
  private final List<List<Change>> heard = new CopyOnWriteArrayList<>();
  private Cluster cluster;
  private ClusterResources resources;

  @BeforeEach
  void open() {
    cluster = Cluster.open(Optional.of(api.kubeconfig(folder)), Optional.empty());
    resources = new ClusterResources(cluster, FakeClock.atNoon(), new Random(1), PACE);
    api.on(MESHES + "limit", json(list(mesh("a", "ca-1"))));
    api.on(MESHES + "watch", api.openWatch());
    api.on(SECRETS + "limit", json(list("")));
    api.on(SECRETS + "watch", api.openWatch());
  }

  @AfterEach
  void close() {
    resources.close();
    api.close();
    cluster.close();
  }

  private static String list(String items) {
    return "{\"metadata\": {\"resourceVersion\": \"7\"}, \"items\": [%s]}".formatted(items);
  }

  private static String mesh(String name, String enabled) {
    return """
    {"metadata": {"name": "%s", "resourceVersion": "8"}, "spec": {"mtls": {"enabledBackend": "%s", \
    "backends": [{"name": "%s", "type": "builtin"}]}}}\
    """
        .formatted(name, enabled, enabled);
  }

  private static String event(String type, String object) {
    return "{\"type\": \"%s\", \"object\": %s}".formatted(type, object);
  }

  private void watch() {
    resources.watch((now, changes) -> heard.add(changes));
  }

  @Test
  void asksOnlyForTheSecretsOfMeshes() {
    watch();

    await().until(resources::isComplete);
    assertThat(api.calls())
        .filteredOn(call -> call.startsWith(SECRETS))
        .allMatch(call -> call.contains("fieldSelector=type%3Dsystem.kuma.io%2Fsecret"));
  }

  @Test
  void waitsForTheSecretsBeforeItSpeaksOfAMesh() {
    var hold = new CountDownLatch(1);
    api.on(
        SECRETS + "limit",
        call -> {
          hold.await();
          json(list("")).to(call);
        });

    watch();

    await().until(() -> api.calls(MESHES + "watch") == 1);
    assertThat(resources.current().meshes()).isEmpty();
    hold.countDown();
    await().until(() -> resources.current().meshes().containsKey("a"));
    assertThat(resources.isComplete()).isTrue();
  }

  @Test
  void speaksOfMeshesWhereSecretsCannotBeRead() {
    api.on(SECRETS + "limit", status(403, "Forbidden", "User \"u\" cannot list resource"));

    watch();

    await().until(() -> resources.current().meshes().containsKey("a"));
    assertThat(resources.isComplete()).isFalse();
    assertThat(resources.troubles())
        .singleElement()
        .asString()
        .contains(
            "grant verb 'list' on 'secrets' of API group '' by a Role in namespace 'meshseal-system'");
  }

  @Test
  void readsOnlyWhatHasChanged() {
    api.on(
        MESHES + "watch",
        api.openWatch(
            event("MODIFIED", mesh("a", "ca-1")),
            event("MODIFIED", mesh("a", "ca-1").replace("\"8\"", "\"9\"")),
            event("ADDED", mesh("b", "ca-1"))));

    watch();

    await().until(() -> resources.current().meshes().containsKey("b"));
    assertThat(heard.stream().flatMap(List::stream))
        .extracting(change -> ((Change.MeshChanged) change).mesh().name())
        .containsExactly("a", "b");
  }

  @Test
  void refusesAnObjectThatIsTooLargeAndNoOther() {
    var large = mesh("a", "x".repeat(2 << 20));
    api.on(
        MESHES + "watch",
        api.openWatch(event("MODIFIED", large), event("ADDED", mesh("b", "ca-1"))));

    watch();

    await().until(() -> resources.current().meshes().containsKey("b"));
    assertThat(resources.current().mesh("a").orElseThrow().enabledBackend()).contains("ca-1");
    assertThat(resources.current().refusals())
        .singleElement()
        .satisfies(
            refusal ->
                assertThat(refusal.document().violations().getFirst().message())
                    .matches("has \\d+ bytes, it may have 1048576"));
  }

  @Test
  void goesOnAfterItsListenerFailed() {
    var changes = new CopyOnWriteArrayList<Change>();
    var hold = new CountDownLatch(1);
    api.on(
        MESHES + "watch",
        call -> {
          hold.await();
          api.openWatch(event("ADDED", mesh("b", "ca-1"))).to(call);
        });
    resources.watch(
        (now, news) -> {
          changes.addAll(news);
          hold.countDown();
          throw new IllegalStateException("a bug");
        });

    await().until(() -> changes.size() == 2);
  }

  @Test
  void endsWhileNobodyAnswers() {
    api.on(MESHES + "limit", api.silence());
    watch();
    await().until(() -> api.calls(MESHES + "limit") == 1);

    resources.close();

    assertThat(api.calls(MESHES + "limit")).isEqualTo(1);
  }
}
