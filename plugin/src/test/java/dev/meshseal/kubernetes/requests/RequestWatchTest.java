package dev.meshseal.kubernetes.requests;

import static dev.meshseal.testing.FakeApiServer.inTurn;
import static dev.meshseal.testing.FakeApiServer.json;
import static dev.meshseal.testing.FakeApiServer.status;
import static dev.meshseal.testing.FakeApiServer.watch;
import static org.assertj.core.api.Assertions.assertThat;

import dev.meshseal.ca.certmanager.Outcome;
import dev.meshseal.kubernetes.ApiFailure.Kind;
import dev.meshseal.kubernetes.Cluster;
import dev.meshseal.testing.FakeApiServer;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is seldom to be had of a real API server: events that were missed. */
class RequestWatchTest {
  private static final String PATH =
      "GET /apis/cert-manager.io/v1/namespaces/mesh-ns/certificaterequests?";
  private static final String LIST = PATH + "limit";
  private static final String WATCH = PATH + "watch";
  private static final String NOTHING =
      "{\"metadata\": {\"resourceVersion\": \"7\"}, \"items\": []}";
  private static final String ISSUED =
      """
      {"metadata": {"resourceVersion": "9"}, "items": [
        {"metadata": {"name": "r-1", "resourceVersion": "8"}, "status": {
          "certificate": "bGVhZg==", "conditions": [{"type": "Ready", "status": "True"}]}}]}
      """;
  private static final String TOO_OLD =
      "{\"type\": \"ERROR\", \"object\": {\"kind\": \"Status\", \"code\": 410}}";
  private static final long PATIENCE = 20_000;

  @TempDir Path folder;

  private final FakeApiServer api = FakeApiServer.start();
  private final AtomicInteger recoveries = new AtomicInteger();
  private Cluster cluster;
  private RequestWatch requests;

  @BeforeEach
  void open() {
    cluster = Cluster.open(Optional.of(api.kubeconfig(folder)), Optional.of("mesh-ns"));
    requests = new RequestWatch(cluster, "replica-1", recoveries::incrementAndGet, new Random(1));
  }

  @AfterEach
  void close() {
    requests.close();
    cluster.close();
    api.close();
  }

  @Test
  void asksForTheRequestsOfThisInstanceAlone() throws Exception {
    api.on(LIST, json(NOTHING));
    api.on(WATCH, api.openWatch());

    assertThat(requests.start()).isEmpty();

    assertThat(api.calls().getFirst())
        .endsWith(
            "&labelSelector=app.kubernetes.io%2Fmanaged-by%3Dmeshseal"
                + "%2Cmeshseal.dev%2Finstance%3Dreplica-1");
  }

  @Test
  void findsInTheNextListWhatTheWatchHasMissed() throws Exception {
    api.on(LIST, inTurn(json(NOTHING), json(ISSUED)));
    api.on(WATCH, inTurn(watch(TOO_OLD), api.openWatch()));
    var expected = requests.expect("r-1");

    requests.start();

    assertThat(expected.await(PATIENCE)).contains(new Outcome.Issued("leaf", Optional.empty()));
  }

  @Test
  void takesForGoneWhatTheListNoLongerHas() throws Exception {
    api.on(LIST, json(NOTHING));
    api.on(WATCH, api.openWatch());
    var created = requests.expect("r-1");
    created.created();
    var notYetCreated = requests.expect("r-2");

    requests.start();

    assertThat(created.await(PATIENCE)).containsInstanceOf(Outcome.TimedOut.class);
    assertThat(notYetCreated.await(1)).isEmpty();
  }

  @Test
  void tellsEachWhoComesWhyItDoesNotWatch() throws Exception {
    api.on(LIST, status(500, "InternalError", "boom"));

    assertThat(requests.start().orElseThrow().kind()).isEqualTo(Kind.UNAVAILABLE);
    assertThat(requests.start().orElseThrow().message()).contains("boom");
  }

  @Test
  void endsWithTheServerAndTellsThoseWhoWait() throws Exception {
    api.on(LIST, json(NOTHING));
    api.on(WATCH, api.openWatch());
    requests.start();
    var expected = requests.expect("r-1");

    requests.close();

    assertThat(expected.await(PATIENCE)).containsInstanceOf(Outcome.NotCreated.class);
  }
}
