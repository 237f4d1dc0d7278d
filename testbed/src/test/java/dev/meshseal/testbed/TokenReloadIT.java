package dev.meshseal.testbed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.meshseal.cli.demo.EnvoyCertificate;
import dev.meshseal.cli.demo.EnvoyProcess;
import dev.meshseal.identity.DataplaneId;
import dev.meshseal.mesh.Backend;
import dev.meshseal.server.bootstrap.Delivery;
import dev.meshseal.server.bootstrap.EnvoyBootstrap;
import dev.meshseal.server.bootstrap.HostPort;
import dev.meshseal.server.bootstrap.Inbound;
import dev.meshseal.server.bootstrap.Sds;
import dev.meshseal.server.bootstrap.SdsEndpoint;
import dev.meshseal.server.bootstrap.SdsToken;
import dev.meshseal.server.bootstrap.SecretNames;
import dev.meshseal.server.bootstrap.Sidecar;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A sidecar that outlives its token: the next one is in the file before the first has expired. */
class TokenReloadIT {
  private static final DataplaneId WEB = new DataplaneId("default", "web-1");
  private static final String MESH =
      """
      type: Mesh
      name: default
      mtls:
        enabledBackend: ca-1
        backends:
        - name: ca-1
          type: builtin
          dpCert: {rotation: {expiration: 10s}}
      """;

  @TempDir private Path folder;

  @ParameterizedTest
  @EnumSource
  void aNewTokenNeedsNoRestartOfEnvoy(EnvoyVersion version) throws Exception {
    try (var server = ServerProcess.start(folder, MESH)) {
      var token = folder.resolve("web.token");
      Files.writeString(token, server.token(WEB, "web", Duration.ofSeconds(30)));
      var expired = Instant.now().plusSeconds(30);
      try (var envoy = version.start(bootstrap(server, token), folder.resolve("web"))) {
        envoy.awaitLive(Duration.ofSeconds(60));
        Files.writeString(token, server.token(WEB, "web"));

        // A leaf begins ten seconds before it is made, and a token is taken five after its end: one
        // that begins after that end came by the second token.
        await()
            .atMost(Duration.ofMinutes(2))
            .until(() -> newest(envoy).isAfter(expired.plusSeconds(2)));

        assertThat(envoy.isAlive()).isTrue();
        assertThat(envoy.admin().sum("^sds\\..*\\.update_rejected$")).isZero();
      }
    }
  }

  private static Instant newest(EnvoyProcess envoy) {
    return envoy.admin().certs().stream()
        .map(EnvoyCertificate::validFrom)
        .max(Instant::compareTo)
        .orElse(Instant.MIN);
  }

  private static String bootstrap(ServerProcess server, Path token) {
    return new EnvoyBootstrap(
            new Sidecar(WEB, "web", "default"),
            new Sds(
                new SdsEndpoint.Tls(HostPort.parse("127.0.0.1:" + server.sdsPort()), server.ca()),
                new SdsToken.File(token),
                Delivery.SOTW,
                SecretNames.kuma("default")),
            Optional.of(Inbound.parse("127.0.0.1:0:8080", Backend.Mode.STRICT)),
            List.of(),
            HostPort.parse("127.0.0.1:0"))
        .yaml();
  }
}
