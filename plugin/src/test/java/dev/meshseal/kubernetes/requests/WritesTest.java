package dev.meshseal.kubernetes.requests;

import static dev.meshseal.testing.FakeApiServer.hangUp;
import static dev.meshseal.testing.FakeApiServer.inTurn;
import static dev.meshseal.testing.FakeApiServer.json;
import static dev.meshseal.testing.FakeApiServer.status;
import static dev.meshseal.testing.FakeApiServer.throttled;
import static dev.meshseal.testing.FakeApiServer.with;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.meshseal.ca.BackendRef;
import dev.meshseal.ca.certmanager.CertificateRequest;
import dev.meshseal.kubernetes.ApiFailure.Kind;
import dev.meshseal.kubernetes.Cluster;
import dev.meshseal.mesh.BackendConf.CertManager.IssuerRef;
import dev.meshseal.testing.FakeApiServer;
import dev.meshseal.testing.FakeApiServer.Answer;
import dev.meshseal.testing.FakeClock;
import dev.meshseal.testing.Identities;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** What the real API server does only when it is in trouble. */
class WritesTest {
  private static final String PATH =
      "/apis/cert-manager.io/v1/namespaces/mesh-ns/certificaterequests";
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private static final String POST = "POST " + PATH;
  private static final String DELETE = "DELETE " + PATH;
  private static final Answer DONE = json("{}");

  @TempDir Path folder;

  private final FakeApiServer api = FakeApiServer.start();
  private Cluster cluster;
  private Writes writes;

  @BeforeEach
  void open() {
    cluster = Cluster.open(Optional.of(api.kubeconfig(folder)), Optional.of("mesh-ns"));
    writes = new Writes(cluster);
  }

  @AfterEach
  void close() {
    cluster.close();
    api.close();
  }

  @Test
  void leavesTheApiServerAloneForAsLongAsItAsksAndCreatesThen() throws Exception {
    api.on(POST, inTurn(throttled(1), DONE));
    var begun = System.nanoTime();

    assertThat(writes.create(request(), PATIENCE)).isEmpty();

    assertThat(Duration.ofNanos(System.nanoTime() - begun)).isGreaterThan(Duration.ofSeconds(1));
    assertThat(api.calls()).containsExactly(POST, POST);
  }

  @Test
  void keepsOtherWritesFromAnApiServerThatWantsToBeLeftAlone() throws Exception {
    api.on(DELETE, inTurn(throttled(1), DONE));
    var begun = System.nanoTime();

    writes.delete("r-1");
    writes.delete("r-2");

    assertThat(Duration.ofNanos(System.nanoTime() - begun)).isGreaterThan(Duration.ofSeconds(1));
  }

  @Test
  void giveUpAtOnceWhereTheApiServerAsksForMoreTimeThanThereIs() throws Exception {
    api.on(DELETE, inTurn(throttled(600), DONE));
    writes.delete("r-1");

    var failure = writes.create(request(), PATIENCE);

    assertThat(failure.orElseThrow().kind()).isEqualTo(Kind.THROTTLED);
    assertThat(failure.orElseThrow().message()).contains("not to be asked for another 600 s");
    assertThat(api.calls()).containsExactly(DELETE + "/r-1");
  }

  @Test
  void findsTheRequestWhoseCreationWentUnanswered() throws Exception {
    api.on(POST, inTurn(hangUp(), status(409, "AlreadyExists", "it exists")));

    assertThat(writes.create(request(), PATIENCE)).isEmpty();
  }

  @Test
  void triesAgainWhatPassesAndGivesUpWhenItsTimeIsOver() throws Exception {
    api.on(POST, status(500, "InternalError", "boom"));

    var failure = writes.create(request(), Duration.ofSeconds(1));

    assertThat(failure.orElseThrow().kind()).isEqualTo(Kind.UNAVAILABLE);
    assertThat(api.calls().size()).isBetween(2, 10);
  }

  @Test
  void doesNotTryAgainWhatIsRefused() throws Exception {
    api.on(POST, status(422, "Invalid", "no"));

    var failure = writes.create(request(), PATIENCE);

    assertThat(failure.orElseThrow().kind()).isEqualTo(Kind.INVALID);
    assertThat(api.calls()).hasSize(1);
  }

  @Test
  void takesForDeletedWhatIsNotThere() throws Exception {
    api.on(
        DELETE,
        with(
            404,
            """
            {"kind": "Status", "code": 404, "reason": "NotFound", "message": "not found",
             "details": {"name": "r-1", "kind": "certificaterequests"}}
            """));

    assertThat(writes.delete("r-1")).isEmpty();
  }

  @Test
  void deletesUntilTheRequestIsGone() {
    api.on(
        DELETE,
        inTurn(status(500, "InternalError", "boom"), status(503, "Unavailable", "later"), DONE));
    var done = new AtomicInteger();

    try (var deletions = new Deletions(writes, 10)) {
      deletions.delete("r-1", done::incrementAndGet);

      await().atMost(PATIENCE).until(() -> done.get() == 1);
      var delete = DELETE + "/r-1";
      assertThat(api.calls()).containsExactly(delete, delete, delete);
      assertThat(deletions.leftOver()).isZero();
    }
  }

  @Test
  void letsNobodyCreateMoreWhileTooManyCannotBeDeleted() {
    api.on(DELETE, status(403, "Forbidden", "Forbidden"));
    try (var deletions = new Deletions(writes, 2)) {
      deletions.delete("r-1", () -> {});
      await().atMost(PATIENCE).until(() -> deletions.leftOver() == 1);
      assertThat(deletions.refusal()).isEmpty();

      deletions.delete("r-2", () -> {});
      await().atMost(PATIENCE).until(() -> deletions.leftOver() == 2);

      assertThat(deletions.refusal().orElseThrow())
          .startsWith(
              "2 requests that have ended could not be deleted, and no more are created until they"
                  + " are: the API server refused to delete certificaterequests.cert-manager.io");
    }
  }

  private static JsonNode request() {
    return RequestManifest.of(
        "r-1",
        "replica-1",
        FakeClock.NOON,
        new CertificateRequest(
            BackendRef.of("default", "ca-1"),
            Identities.kuma(1),
            new IssuerRef("mesh", "Issuer", "cert-manager.io"),
            "csr",
            Duration.ofHours(1),
            List.of("server auth")));
  }
}
