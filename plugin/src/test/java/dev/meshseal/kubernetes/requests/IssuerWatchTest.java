package dev.meshseal.kubernetes.requests;

import static dev.meshseal.testing.FakeApiServer.json;
import static dev.meshseal.testing.FakeApiServer.watch;
import static dev.meshseal.testing.FakeApiServer.with;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.meshseal.ca.certmanager.IssuerState;
import dev.meshseal.kubernetes.Cluster;
import dev.meshseal.mesh.BackendConf.CertManager.IssuerRef;
import dev.meshseal.testing.FakeApiServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IssuerWatchTest {
  private static final String GROUP = "GET /apis/x.io";
  private static final FakeApiServer.Answer NOT_FOUND = with(404, "404 page not found");

  @TempDir Path folder;

  private final FakeApiServer api = FakeApiServer.start();
  private Cluster cluster;
  private IssuerWatch issuer;

  @BeforeEach
  void open() {
    cluster = Cluster.open(Optional.of(api.kubeconfig(folder)), Optional.of("mesh-ns"));
    issuer =
        new IssuerWatch(cluster, new IssuerRef("step", "Thing", "x.io"), mesh -> {}, new Random(1));
    issuer.join("default");
  }

  @AfterEach
  void close() {
    issuer.close();
    cluster.close();
    api.close();
  }

  /** An upgrade of an external issuer may serve its kind under another version, and no more old. */
  @Test
  void looksAnIssuerUpAgainWhenItsVersionIsServedNoMore() throws Exception {
    serve("v1", "False");
    assertThat(issuer.state()).isInstanceOf(IssuerState.NotReady.class);

    api.on(GROUP + "/v1", NOT_FOUND);
    api.on(GROUP + "/v1/things?limit", NOT_FOUND);
    api.on(GROUP + "/v1/things?watch", NOT_FOUND);
    serve("v2", "True");

    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() -> assertThat(issuer.state()).isInstanceOf(IssuerState.Ready.class));
  }

  @Test
  void isUsedUntilTheLastMeshHasLeftIt() {
    issuer.join("other");

    assertThat(issuer.leave("default")).isFalse();
    assertThat(issuer.leave("default")).isFalse();
    assertThat(issuer.leave("other")).isTrue();
  }

  private void serve(String version, String ready) {
    api.on(GROUP, json("{\"versions\": [{\"version\": \"%s\"}]}".formatted(version)));
    api.on(
        GROUP + "/" + version,
        json("{\"resources\": [{\"name\": \"things\", \"kind\": \"Thing\"}]}"));
    api.on(
        GROUP + "/" + version + "/things?limit",
        json(
            """
            {"metadata": {"resourceVersion": "7"}, "items": [
              {"metadata": {"name": "step", "resourceVersion": "7"},
               "status": {"conditions": [{"type": "Ready", "status": "%s"}]}}]}
            """
                .formatted(ready)));
    api.on(GROUP + "/" + version + "/things?watch", watch());
  }
}
