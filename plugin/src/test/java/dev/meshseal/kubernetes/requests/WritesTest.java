package dev.meshseal.kubernetes.requests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.meshseal.ca.BackendRef;
import dev.meshseal.ca.certmanager.CertificateRequest;
import dev.meshseal.kubernetes.ApiFailure.Kind;
import dev.meshseal.kubernetes.requests.FakeApiServer.Answer;
import dev.meshseal.mesh.BackendConf.CertManager.IssuerRef;
import dev.meshseal.testing.FakeClock;
import dev.meshseal.testing.Identities;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the real API server does only when it is in trouble. */
class WritesTest {
  private static final String PATH =
      "/apis/cert-manager.io/v1/namespaces/mesh-ns/certificaterequests";
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  @TempDir Path folder;

  @Test
  void leavesTheApiServerAloneForAsLongAsItAsksAndCreatesThen() throws Exception {
    try (var api = new FakeApiServer(folder, new Answer(429, "TooManyRequests", 1))) {
      var begun = System.nanoTime();

      var failure = new Writes(api.cluster()).create(request(), PATIENCE);

      assertThat(failure).isEmpty();
      assertThat(Duration.ofNanos(System.nanoTime() - begun)).isGreaterThan(Duration.ofSeconds(1));
      assertThat(api.calls()).containsExactly("POST " + PATH, "POST " + PATH);
    }
  }

  @Test
  void keepsOtherWritesFromAnApiServerThatWantsToBeLeftAlone() throws Exception {
    try (var api = new FakeApiServer(folder, new Answer(429, "TooManyRequests", 1))) {
      var writes = new Writes(api.cluster());
      var begun = System.nanoTime();

      writes.delete("r-1");
      writes.delete("r-2");

      assertThat(Duration.ofNanos(System.nanoTime() - begun)).isGreaterThan(Duration.ofSeconds(1));
    }
  }

  @Test
  void findsTheRequestWhoseCreationWentUnanswered() throws Exception {
    try (var api = new FakeApiServer(folder, Answer.NONE, new Answer(409, "AlreadyExists", 0))) {
      var failure = new Writes(api.cluster()).create(request(), PATIENCE);

      assertThat(failure).isEmpty();
    }
  }

  @Test
  void triesAgainWhatPassesAndGivesUpWhenItsTimeIsOver() throws Exception {
    var broken = new Answer[100];
    java.util.Arrays.fill(broken, Answer.of(500, "InternalError"));
    try (var api = new FakeApiServer(folder, broken)) {
      var failure = new Writes(api.cluster()).create(request(), Duration.ofSeconds(1));

      assertThat(failure.orElseThrow().kind()).isEqualTo(Kind.UNAVAILABLE);
      assertThat(api.calls().size()).isBetween(2, 10);
    }
  }

  @Test
  void doesNotTryAgainWhatIsRefused() throws Exception {
    try (var api = new FakeApiServer(folder, Answer.of(422, "Invalid"))) {
      var failure = new Writes(api.cluster()).create(request(), PATIENCE);

      assertThat(failure.orElseThrow().kind()).isEqualTo(Kind.INVALID);
      assertThat(api.calls()).hasSize(1);
    }
  }

  @Test
  void deletesUntilTheRequestIsGone() {
    try (var api =
            new FakeApiServer(
                folder, Answer.of(500, "InternalError"), Answer.of(503, "Unavailable"));
        var deletions = new Deletions(new Writes(api.cluster()), 10)) {
      var done = new AtomicInteger();

      deletions.delete("r-1", done::incrementAndGet);

      await().atMost(PATIENCE).until(() -> done.get() == 1);
      assertThat(api.calls())
          .containsExactly(
              "DELETE " + PATH + "/r-1", "DELETE " + PATH + "/r-1", "DELETE " + PATH + "/r-1");
      assertThat(deletions.leftOver()).isZero();
    }
  }

  @Test
  void letsNobodyCreateMoreWhileTooManyCannotBeDeleted() {
    var forbidden = new Answer[100];
    java.util.Arrays.fill(forbidden, Answer.of(403, "Forbidden"));
    try (var api = new FakeApiServer(folder, forbidden);
        var deletions = new Deletions(new Writes(api.cluster()), 2)) {
      deletions.delete("r-1", () -> {});
      await().atMost(PATIENCE).until(() -> deletions.leftOver() == 1);
      assertThat(deletions.refusal()).isEmpty();

      deletions.delete("r-2", () -> {});
      await().atMost(PATIENCE).until(() -> deletions.leftOver() == 2);

      assertThat(deletions.refusal().orElseThrow())
          .startsWith(
              "2 requests that have ended could not be deleted, and no more are created until they"
                  + " are: the API server refused to delete certificaterequests.cert-manager.io in"
                  + " namespace 'mesh-ns'");
    }
  }

  private static GenericKubernetesResource request() {
    return RequestManifest.of(
        "r-1",
        "mesh-ns",
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
