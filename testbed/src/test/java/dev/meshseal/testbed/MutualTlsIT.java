package dev.meshseal.testbed;

import static dev.meshseal.testbed.Sidecars.listener;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.meshseal.cli.demo.EchoApp;
import dev.meshseal.cli.demo.EnvoyProcess;
import dev.meshseal.cli.demo.RequestLoop;
import dev.meshseal.identity.DataplaneId;
import dev.meshseal.mesh.Backend.Mode;
import dev.meshseal.testbed.Sidecars.Variant;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** Real Envoys of both versions, over both variants, against the server as operators run it. */
class MutualTlsIT {
  private static final String MESHES =
      """
      type: Mesh
      name: default
      mtls:
        enabledBackend: ca-1
        backends:
          - name: ca-1
            type: builtin
            dpCert: {rotation: {expiration: 30s}}
      ---
      type: Mesh
      name: other
      mtls:
        enabledBackend: ca-1
        backends: [{name: ca-1, type: builtin}]
      """;

  record Kind(EnvoyVersion version, Variant variant) {}

  static final List<Kind> KINDS =
      Stream.of(EnvoyVersion.values())
          .flatMap(
              version -> Stream.of(Variant.values()).map(variant -> new Kind(version, variant)))
          .toList();

  @TempDir private static Path folder;
  private static ServerProcess server;
  private static EchoApp app;

  @BeforeAll
  static void start() {
    app = EchoApp.start("backend");
    server = ServerProcess.start(folder, MESHES);
  }

  @AfterAll
  static void stop() {
    server.close();
    app.close();
  }

  /** Two Envoys that talk, and what was seen of them. */
  private record Pair(
      Kind kind, EnvoyProcess backend, EnvoyProcess web, RequestLoop loop, Set<String> serials)
      implements AutoCloseable {
    void look() {
      web.admin().certs().forEach(leaf -> serials.add(leaf.serial()));
    }

    @Override
    public void close() {
      loop.close();
      web.close();
      backend.close();
    }
  }

  @Test
  void noRequestFailsThroughFiveRotationsAndAKillOfTheServer(@TempDir Path own) throws IOException {
    try (var app = EchoApp.start("backend");
        var server = ServerProcess.start(own, MESHES)) {
      var pairs = new ArrayList<Pair>();
      try {
        KINDS.forEach(
            kind ->
                pairs.add(
                    pair(new Sidecars(server, own, kind.version(), kind.variant()), app, kind)));
        awaitRotations(pairs, 3);

        // Proxies that hold fresh leaves outlive the restart; the rest is the server's to do.
        assertThat(server.post("/api/v1/meshes/default/renew").statusCode()).isEqualTo(202);
        awaitRotations(pairs, 4);
        server.killHard();
        server.startAgain();
        awaitRotations(pairs, 6);

        assertThat(pairs).allSatisfy(MutualTlsIT::nothingFailed);
      } finally {
        pairs.forEach(Pair::close);
      }
    }
  }

  private static Pair pair(Sidecars sidecars, EchoApp app, Kind kind) {
    var number = KINDS.indexOf(kind);
    var backend = sidecars.inbound(id("backend-" + number), "backend", app.port(), Mode.STRICT);
    var web = sidecars.outbound(id("web-" + number), "web", "backend", listener(backend));
    var loop = RequestLoop.start(listener(web), Duration.ofMillis(100));
    return new Pair(kind, backend, web, loop, new HashSet<>());
  }

  private static void awaitRotations(List<Pair> pairs, int leaves) {
    await()
        .atMost(Duration.ofSeconds(240))
        .pollInterval(Duration.ofSeconds(1))
        .untilAsserted(
            () -> {
              pairs.forEach(Pair::look);
              assertThat(pairs)
                  .allSatisfy(
                      pair -> assertThat(pair.serials()).hasSizeGreaterThanOrEqualTo(leaves));
            });
  }

  private static void nothingFailed(Pair pair) {
    var count = pair.loop().count();
    assertThat(count.failed()).as("%s: %s", pair.kind(), count).isZero();
    assertThat(count.ok()).as("%s", pair.kind()).isGreaterThan(100);
    for (var envoy : List.of(pair.web(), pair.backend())) {
      assertThat(envoy.admin().sum("^sds\\..*update_rejected$")).isZero();
      assertThat(envoy.admin().sum("^sds\\..*update_success$")).isGreaterThan(5);
    }
    assertThat(pair.backend().admin().sum("ssl\\.fail_verify")).isZero();
  }

  @ParameterizedTest
  @FieldSource("KINDS")
  void onlyTheRightServiceOfTheRightMeshIsLetIn(Kind kind) {
    var sidecars = new Sidecars(server, folder, kind.version(), kind.variant());
    try (var backend = sidecars.inbound(id("backend-1"), "backend", app.port(), Mode.STRICT);
        var right = sidecars.outbound(id("web-1"), "web", "backend", listener(backend));
        var wrongService = sidecars.outbound(id("web-2"), "web", "billing", listener(backend));
        var wrongMesh =
            sidecars.outbound(
                new DataplaneId("other", "web-1"), "web", "backend", listener(backend))) {

      assertThat(answer(right)).contains("backend");
      assertThat(answer(wrongService)).isEmpty();
      assertThat(answer(wrongMesh)).isEmpty();
      assertThat(answer(backend)).as("plaintext").isEmpty();
      assertThat(wrongService.admin().sum("ssl\\.fail_verify_san$")).isPositive();
      assertThat(backend.admin().certs().getFirst().uris())
          .containsExactly("spiffe://default/backend", "kuma://kuma.io/service/backend");
    }
  }

  @ParameterizedTest
  @FieldSource("KINDS")
  void permissiveTakesPlaintextBesideMutualTls(Kind kind) {
    var sidecars = new Sidecars(server, folder, kind.version(), kind.variant());
    try (var backend = sidecars.inbound(id("backend-2"), "backend", app.port(), Mode.PERMISSIVE);
        var web = sidecars.outbound(id("web-3"), "web", "backend", listener(backend))) {

      assertThat(answer(backend)).contains("backend");
      assertThat(answer(web)).contains("backend");
      assertThat(backend.admin().sum("ssl\\.handshake$")).isPositive();
    }
  }

  /** What comes back through an Envoy; nothing where the connection is refused. */
  private static String answer(EnvoyProcess envoy) {
    try {
      return RequestLoop.get(listener(envoy));
    } catch (IOException refused) {
      return "";
    }
  }

  private static DataplaneId id(String name) {
    return new DataplaneId("default", name);
  }
}
