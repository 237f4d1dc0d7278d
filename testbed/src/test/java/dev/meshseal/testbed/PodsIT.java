package dev.meshseal.testbed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.meshseal.cli.demo.EnvoyProcess;
import dev.meshseal.identity.Dataplane;
import dev.meshseal.identity.DataplaneId;
import dev.meshseal.kubernetes.Cluster;
import dev.meshseal.kubernetes.pods.Pods;
import dev.meshseal.kubernetes.pods.Review;
import dev.meshseal.kubernetes.pods.Review.Cause;
import dev.meshseal.kubernetes.pods.Standing;
import dev.meshseal.kubernetes.pods.TokenReviews;
import dev.meshseal.mesh.Backend;
import dev.meshseal.server.auth.NotAuthenticatedException.Reason;
import dev.meshseal.server.bootstrap.Delivery;
import dev.meshseal.server.bootstrap.EnvoyBootstrap;
import dev.meshseal.server.bootstrap.HostPort;
import dev.meshseal.server.bootstrap.Inbound;
import dev.meshseal.server.bootstrap.Sds;
import dev.meshseal.server.bootstrap.SdsEndpoint;
import dev.meshseal.server.bootstrap.SdsToken;
import dev.meshseal.server.bootstrap.SecretNames;
import dev.meshseal.server.bootstrap.Sidecar;
import dev.meshseal.testbed.kubernetes.KubernetesApi;
import dev.meshseal.testbed.kubernetes.TestCluster;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who a pod is, by the word of a real API server, and what its real Envoy gets for it. */
class PodsIT {
  private static final Duration SOON = Duration.ofSeconds(20);

  private static String pod(String namespace, String name, String labels) {
    return """
    apiVersion: v1
    kind: Pod
    metadata:
      namespace: %s
      name: %s
      labels: {%s}
    spec:
      serviceAccountName: default
      containers:
      - name: app
        image: app
        ports: [{name: http, containerPort: 8080}]
    """
        .formatted(namespace, name, labels);
  }

  private static void delete(KubernetesApi api, String namespace, String pod) {
    api.delete("/api/v1/namespaces/%s/pods/%s?gracePeriodSeconds=0".formatted(namespace, pod))
        .require();
  }

  private static void label(TestCluster cluster, String path, String labels) {
    cluster.api().patch(path, "{\"metadata\": {\"labels\": {%s}}}".formatted(labels)).require();
  }

  /** What the API server makes of tokens. */
  @Nested
  class Tokens {
    private final TestCluster cluster = TestCluster.shared();
    private final String namespace = cluster.namespace("tokens");

    @Test
    void thePodsOwnTokenIsGoodUntilItEnds() {
      cluster.apply(pod(namespace, "web-1", "app: web"));

      withReviews(
          reviews ->
              assertThat(reviews.review(token("web-1", "meshseal")))
                  .isInstanceOfSatisfying(
                      Review.Good.class,
                      good -> {
                        assertThat(good.namespace()).isEqualTo(namespace);
                        assertThat(good.serviceAccount()).isEqualTo("default");
                        assertThat(good.pod()).isEqualTo("web-1");
                        assertThat(good.expiresAt())
                            .isBetween(
                                Instant.now().plusSeconds(3_500), Instant.now().plusSeconds(3_700));
                      }));
    }

    @Test
    void aTokenForAnotherAudienceIsRefused() {
      cluster.apply(pod(namespace, "web-1", "app: web"));

      withReviews(
          reviews ->
              assertRefused(
                  reviews,
                  token("web-1", "vault"),
                  Cause.AUDIENCE,
                  "the token of pod '%s/web-1' is for audience [vault], not for 'meshseal'"
                      .formatted(namespace)));
    }

    @Test
    void theApiServerItselfRefusesAnotherAudienceToo() {
      cluster.apply(pod(namespace, "web-1", "app: web"));
      // Whoever asks for 'vault' lets the token through to the API server, which knows it is not.
      var both =
          request(
              "{\"audiences\": [\"vault\"], \"boundObjectRef\": %s}".formatted(reference("web-1")));

      try (var api = open(cluster)) {
        var reviews = new TokenReviews(api, "vault", InstantSource.system());
        assertThat(reviews.review(both)).isInstanceOf(Review.Good.class);
      }
      withReviews(reviews -> assertRefused(reviews, both, Cause.AUDIENCE, "audience: meshseal"));
    }

    @Test
    void aTokenThatIsBoundToNoPodIsRefused() {
      var unbound = request("{\"audiences\": [\"meshseal\"]}");

      withReviews(
          reviews ->
              assertRefused(reviews, unbound, Cause.NOT_BOUND, "the token is not bound to a pod"));
    }

    @Test
    void aTokenThatHasExpiredIsRefusedByOurClockAndByTheApiServers() {
      cluster.apply(pod(namespace, "web-1", "app: web"));
      var ended = Instant.now().minusSeconds(120);
      var token = signed("web-1", ended);

      withReviews(reviews -> assertRefused(reviews, token, Cause.EXPIRED, "expired at "));
      try (var api = open(cluster)) {
        var slow = new TokenReviews(api, "meshseal", () -> Instant.now().minusSeconds(600));
        assertRefused(slow, token, Cause.EXPIRED, "has expired (");
      }
    }

    @Test
    void theTokenOfADeletedPodIsRefusedByTheApiServerWithinItsMemory() {
      cluster.apply(pod(namespace, "gone", "app: web"));
      var token = token("gone", "meshseal");
      delete(cluster.api(), namespace, "gone");

      withReviews(
          reviews ->
              await()
                  .atMost(SOON)
                  .untilAsserted(
                      () ->
                          assertRefused(
                              reviews,
                              token,
                              Cause.GONE,
                              "pod '%s/gone', and that pod or its service account was deleted"
                                  .formatted(namespace))));
    }

    @Test
    void aTokenThatWasAlteredIsRefused() {
      cluster.apply(pod(namespace, "web-1", "app: web"));
      var token = token("web-1", "meshseal");
      var altered = token.substring(0, token.length() - 8) + "AAAAAAAA";

      withReviews(
          reviews ->
              assertRefused(
                  reviews, altered, Cause.FOREIGN, "the API server does not know the token"));
    }

    @Test
    void withoutTheRightNothingIsRefusedAndTheSentenceNamesTheRight(@TempDir Path folder) {
      cluster.apply(pod(namespace, "web-1", "app: web"));
      var weak =
          cluster.kubeconfigWith(
              cluster.serviceAccountToken(namespace, "default"), namespace, folder.resolve("weak"));

      try (var api = Cluster.open(Optional.of(weak), Optional.of(namespace))) {
        assertThat(
                new TokenReviews(api, "meshseal", InstantSource.system())
                    .review(token("web-1", "meshseal")))
            .isInstanceOfSatisfying(
                Review.Unavailable.class,
                why ->
                    assertThat(why.sentence())
                        .contains(
                            "grant verb 'create' on 'tokenreviews' of API group"
                                + " 'authentication.k8s.io' by a ClusterRole"));
      }
    }

    private void withReviews(java.util.function.Consumer<TokenReviews> test) {
      try (var api = open(cluster)) {
        test.accept(new TokenReviews(api, "meshseal", InstantSource.system()));
      }
    }

    private String token(String pod, String audience) {
      return cluster.serviceAccountToken(namespace, "default", pod, audience);
    }

    private String uid(String pod) {
      return cluster
          .api()
          .get("/api/v1/namespaces/%s/pods/%s".formatted(namespace, pod))
          .require()
          .json()
          .path("metadata")
          .path("uid")
          .asString();
    }

    private String reference(String pod) {
      return "{\"apiVersion\": \"v1\", \"kind\": \"Pod\", \"name\": \"%s\", \"uid\": \"%s\"}"
          .formatted(pod, uid(pod));
    }

    private String request(String spec) {
      return cluster
          .api()
          .post(
              "/api/v1/namespaces/%s/serviceaccounts/default/token".formatted(namespace),
              "{\"spec\": %s}".formatted(spec))
          .require()
          .json()
          .path("status")
          .path("token")
          .asString();
    }

    private String signed(String pod, Instant end) {
      var real = token(pod, "meshseal").split("\\.", -1)[1];
      var claims =
          new String(
              java.util.Base64.getUrlDecoder().decode(real),
              java.nio.charset.StandardCharsets.UTF_8);
      return cluster.signToken(
          claims
              .replaceAll("\"exp\":\\d+", "\"exp\":" + end.getEpochSecond())
              .replaceAll(
                  "\"(iat|nbf)\":\\d+", "\"$1\":" + end.minusSeconds(600).getEpochSecond()));
    }
  }

  private static Cluster open(TestCluster cluster) {
    return Cluster.open(Optional.of(cluster.kubeconfig()), Optional.of("default"));
  }

  private static void assertRefused(
      TokenReviews reviews, String token, Cause cause, String sentence) {
    assertThat(reviews.review(token))
        .isInstanceOfSatisfying(
            Review.Refused.class,
            refused -> {
              assertThat(refused.sentence()).contains(sentence).doesNotContain(token);
              assertThat(refused.cause()).isEqualTo(cause);
            });
  }

  /** What becomes of a live Envoy when its pod, a Service or its namespace changes. */
  @Nested
  class Sidecars {
    private final TestCluster cluster = TestCluster.shared();
    private final String namespace = cluster.namespace("sidecars");
    @TempDir private Path folder;

    @Test
    void aPodsEnvoyGetsTheIdentityOfItsLabelsAndServicesAndANewLeafWithEachChange()
        throws Exception {
      cluster.apply(pod(namespace, "web-1", "app: web, kuma.io/service: shop-web"));
      try (var server = PodServer.start(cluster, folder);
          var envoy = envoy(server, "web-1")) {
        envoy.awaitLive(SOON);
        assertThat(uris(envoy))
            .containsExactly("spiffe://default/shop-web", "kuma://kuma.io/service/shop-web");

        label(cluster, podPath("web-1"), "\"kuma.io/version\": \"v2\"");
        await().atMost(SOON).until(() -> uris(envoy).contains("kuma://kuma.io/version/v2"));

        cluster.apply(service("web", "app: web"));
        label(cluster, podPath("web-1"), "\"kuma.io/service\": null");
        await()
            .atMost(SOON)
            .until(
                () -> uris(envoy).contains("spiffe://default/web_%s_svc_80".formatted(namespace)));

        cluster.apply(service("other", "app: web"));
        await()
            .atMost(SOON)
            .until(
                () ->
                    uris(envoy).contains("spiffe://default/other_%s_svc_80".formatted(namespace)));
        cluster.api().delete("/api/v1/namespaces/%s/services/other".formatted(namespace));
        await()
            .atMost(SOON)
            .until(() -> uris(envoy).stream().noneMatch(uri -> uri.contains("other")));
        assertThat(envoy.admin().sum("^sds\\..*\\.update_rejected$")).isZero();
        assertThat(server.refused()).isEmpty();
      }
    }

    @Test
    void aDeletedPodLosesItsStreamsAtOnceAndItsTokenOpensNoMore() throws Exception {
      cluster.apply(pod(namespace, "web-1", "kuma.io/service: web"));
      try (var server = PodServer.start(cluster, folder);
          var envoy = envoy(server, "web-1")) {
        envoy.awaitLive(SOON);
        assertThat(server.connectedSince("default", "web-1", namespace)).isPresent();

        delete(cluster.api(), namespace, "web-1");

        await()
            .atMost(SOON)
            .pollInterval(Duration.ofMillis(20))
            .until(() -> server.connectedSince("default", "web-1", namespace).isEmpty());
        await().atMost(SOON).until(() -> server.hasRefused(Reason.GONE));
        assertThat(server.connectedSince("default", "web-1", namespace)).isEmpty();
      }
    }

    @Test
    void aPodThatIsBeingDeletedKeepsItsStreamsUntilItIsGone() throws Exception {
      cluster.apply(
          pod(namespace, "web-1", "kuma.io/service: web")
              .replace("spec:", "spec:\n  nodeName: node-1\n  terminationGracePeriodSeconds: 600"));
      try (var server = PodServer.start(cluster, folder);
          var envoy = envoy(server, "web-1")) {
        envoy.awaitLive(SOON);
        cluster.api().delete(podPath("web-1")).require();
        label(cluster, podPath("web-1"), "\"kuma.io/version\": \"last\"");

        // A new leaf on a live stream: it was there after the deletion began.
        await().atMost(SOON).until(() -> uris(envoy).contains("kuma://kuma.io/version/last"));
        assertThat(server.refused()).isEmpty();

        delete(cluster.api(), namespace, "web-1");
        await()
            .atMost(SOON)
            .until(() -> server.connectedSince("default", "web-1", namespace).isEmpty());
      }
    }

    @Test
    void aPodThatHasEndedLosesItsStreams() throws Exception {
      cluster.apply(pod(namespace, "job-1", "kuma.io/service: job"));
      try (var server = PodServer.start(cluster, folder);
          var envoy = envoy(server, "job-1")) {
        envoy.awaitLive(SOON);
        cluster
            .api()
            .patch(podPath("job-1") + "/status", "{\"status\": {\"phase\": \"Succeeded\"}}")
            .require();

        await().atMost(SOON).until(() -> server.hasRefused(Reason.GONE));
        assertThat(server.refused())
            .anyMatch(one -> one.message().contains("has ended (Succeeded)"));
        await()
            .atMost(SOON)
            .until(() -> server.connectedSince("default", "job-1", namespace).isEmpty());
      }
    }

    @Test
    void aNamespaceThatJoinsAnotherMeshTakesItsPodsOutOfTheOld() throws Exception {
      cluster.apply(pod(namespace, "web-1", "kuma.io/service: web"));
      try (var server = PodServer.start(cluster, folder);
          var envoy = envoy(server, "web-1")) {
        envoy.awaitLive(SOON);

        label(cluster, "/api/v1/namespaces/" + namespace, "\"kuma.io/mesh\": \"red\"");

        await()
            .atMost(SOON)
            .until(() -> server.connectedSince("default", "web-1", namespace).isEmpty());
        // Its bootstrap still says the old mesh; started anew it is of the new one.
        await()
            .atMost(SOON)
            .until(
                () ->
                    server.refused().stream()
                        .anyMatch(
                            one -> one.message().contains("is for mesh 'red', not for 'default'")));
      }
      try (var server = PodServer.start(cluster, folder.resolve("again"));
          var envoy = envoy(server, "red", "web-1")) {
        envoy.awaitLive(SOON);
        assertThat(uris(envoy)).contains("spiffe://red/web");
      }
    }

    @Test
    void aPodWhoseTokenIsForOthersIsRefusedAndOneThatCannotBeCheckedIsNot() throws Exception {
      cluster.apply(pod(namespace, "web-1", "kuma.io/service: web"));
      try (var server = PodServer.start(cluster, folder)) {
        Files.writeString(
            folder.resolve("token"),
            cluster.serviceAccountToken(namespace, "default", "web-1", "vault"));
        try (var envoy = start(server, "default", "web-1")) {
          await().atMost(SOON).until(() -> server.hasRefused(Reason.AUDIENCE));
          assertThat(envoy.admin().isLive()).isFalse();

          // The kubelet puts the right one in its place, and Envoy reads it anew.
          token("web-1");
          envoy.awaitLive(Duration.ofSeconds(60));
        }
      }
    }

    private EnvoyProcess envoy(PodServer server, String pod) {
      return envoy(server, "default", pod);
    }

    private EnvoyProcess envoy(PodServer server, String mesh, String pod) {
      token(pod);
      return start(server, mesh, pod);
    }

    private void token(String pod) {
      write(
          folder.resolve("token"),
          cluster.serviceAccountToken(namespace, "default", pod, "meshseal"));
    }

    private EnvoyProcess start(PodServer server, String mesh, String pod) {
      return EnvoyVersion.ENVOY_1_40.start(
          bootstrap(server, mesh, pod + "." + namespace, folder.resolve("token")),
          folder.resolve("envoy-" + mesh));
    }

    private String podPath(String pod) {
      return "/api/v1/namespaces/%s/pods/%s".formatted(namespace, pod);
    }

    private String service(String name, String selector) {
      return """
      apiVersion: v1
      kind: Service
      metadata: {namespace: %s, name: %s}
      spec:
        selector: {%s}
        ports: [{port: 80, targetPort: http}]
      """
          .formatted(namespace, name, selector);
    }
  }

  private static void write(Path file, String text) {
    try {
      Files.writeString(file, text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<String> uris(EnvoyProcess envoy) {
    return envoy.admin().certs().stream().flatMap(leaf -> leaf.uris().stream()).distinct().toList();
  }

  private static String bootstrap(PodServer server, String mesh, String name, Path token) {
    return new EnvoyBootstrap(
            new Sidecar(new DataplaneId(mesh, name), name, mesh),
            new Sds(
                new SdsEndpoint.Tls(HostPort.parse("127.0.0.1:" + server.port()), server.ca()),
                new SdsToken.File(token),
                Delivery.SOTW,
                SecretNames.kuma(mesh)),
            Optional.of(Inbound.parse("127.0.0.1:0:8080", Backend.Mode.STRICT)),
            List.of(),
            HostPort.parse("127.0.0.1:0"))
        .yaml();
  }

  /** An API server of its own, which goes away and comes back. */
  @Nested
  class Restarts {
    @TempDir private Path folder;

    @Test
    void whileTheApiServerIsAwayPodsThatAreKnownGoOnAndChangesAreHeardAfterwards()
        throws Exception {
      try (var cluster = TestCluster.start(folder.resolve("cluster"))) {
        var namespace = cluster.namespace("restarts");
        cluster.apply(pod(namespace, "web-1", "kuma.io/service: web"));
        cluster.apply(pod(namespace, "web-2", "kuma.io/service: web"));
        var token = folder.resolve("token");
        write(token, cluster.serviceAccountToken(namespace, "default", "web-1", "meshseal"));
        var second = folder.resolve("token-2");
        write(second, cluster.serviceAccountToken(namespace, "default", "web-2", "meshseal"));

        try (var server = PodServer.start(cluster, folder.resolve("server"));
            var envoy =
                EnvoyVersion.ENVOY_1_40.start(
                    bootstrap(server, "default", "web-1." + namespace, token),
                    folder.resolve("envoy"))) {
          envoy.awaitLive(SOON);
          var since = server.connectedSince("default", "web-1", namespace);

          cluster.stop();
          await().atMost(SOON).until(() -> server.cannotFollow());
          try (var late =
              EnvoyVersion.ENVOY_1_40.start(
                  bootstrap(server, "default", "web-2." + namespace, second),
                  folder.resolve("envoy-2"))) {
            await().atMost(SOON).until(() -> server.hasRefused(Reason.UNAVAILABLE));
            assertThat(late.admin().isLive()).isFalse();
            assertThat(server.connectedSince("default", "web-1", namespace)).isEqualTo(since);

            cluster.startAgain();
            late.awaitLive(Duration.ofSeconds(60));
          }

          label(
              cluster,
              "/api/v1/namespaces/%s/pods/web-1".formatted(namespace),
              "\"kuma.io/version\": \"v2\"");
          await()
              .atMost(Duration.ofSeconds(40))
              .until(() -> uris(envoy).contains("kuma://kuma.io/version/v2"));
          assertThat(server.connectedSince("default", "web-1", namespace)).isEqualTo(since);

          delete(cluster.api(), namespace, "web-1");
          await()
              .atMost(SOON)
              .until(() -> server.connectedSince("default", "web-1", namespace).isEmpty());
        }

        assertTheTokensOfAnotherClusterAreRefused(cluster, namespace);
      }
    }

    private void assertTheTokensOfAnotherClusterAreRefused(TestCluster other, String namespace) {
      var shared = TestCluster.shared();
      var theirs = other.serviceAccountToken(namespace, "default", "web-2", "meshseal");

      try (var api = open(shared)) {
        assertRefused(
            new TokenReviews(api, "meshseal", InstantSource.system()),
            theirs,
            Cause.FOREIGN,
            "it is of another cluster, or its key is no longer in use");
      }
    }
  }

  /** A cluster with many pods, of which few are ours. */
  @Nested
  class Many {
    private final TestCluster cluster = TestCluster.shared();

    @Test
    void ofPodsThatDoNotConnectNothingIsKept() throws Exception {
      var namespace = cluster.namespace("many");
      for (var i = 0; i < 200; i++) {
        cluster.apply(pod(namespace, "idle-" + i, "app: idle"));
      }
      cluster.apply(pod(namespace, "web-1", "app: web"));

      try (var api = open(cluster);
          var pods = Pods.follow(api, new Random(1))) {
        await().atMost(SOON).until(pods::isReady);
        label(cluster, "/api/v1/namespaces/%s/pods/idle-1".formatted(namespace), "\"x\": \"y\"");
        var token = cluster.serviceAccountToken(namespace, "default", "web-1", "meshseal");
        var good =
            (Review.Good) new TokenReviews(api, "meshseal", InstantSource.system()).review(token);

        assertThat(pods.standing(good))
            .isInstanceOfSatisfying(
                Standing.There.class,
                there ->
                    assertThat(there.dataplane().account())
                        .contains(new Dataplane.ServiceAccount(namespace, "default")));
        assertThat(pods.size()).isEqualTo(1);
      }
    }
  }
}
