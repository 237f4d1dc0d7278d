package dev.meshseal.testbed;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.meshseal.identity.DataplaneId;
import dev.meshseal.mesh.Backend;
import dev.meshseal.server.bootstrap.Delivery;
import dev.meshseal.server.bootstrap.EnvoyBootstrap;
import dev.meshseal.server.bootstrap.HostPort;
import dev.meshseal.server.bootstrap.Inbound;
import dev.meshseal.server.bootstrap.Outbound;
import dev.meshseal.server.bootstrap.Sds;
import dev.meshseal.server.bootstrap.SdsEndpoint;
import dev.meshseal.server.bootstrap.SecretNames;
import dev.meshseal.server.bootstrap.Sidecar;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** Every form of the bootstrap is one that the real Envoys take as it is. */
class EnvoyBootstrapIT {
  private static final SdsEndpoint UNIX = new SdsEndpoint.Unix("/run/meshseal/sds.sock");
  private static final SdsEndpoint PLAINTEXT =
      new SdsEndpoint.Plaintext(HostPort.parse("localhost:5690"));

  record Form(EnvoyVersion envoy, Delivery delivery, Backend.Mode mode, SdsEndpoint server) {}

  static final List<Form> FORMS =
      Stream.of(EnvoyVersion.values())
          .flatMap(
              envoy ->
                  Stream.of(Delivery.values())
                      .flatMap(
                          delivery ->
                              Stream.of(
                                  new Form(envoy, delivery, Backend.Mode.STRICT, UNIX),
                                  new Form(envoy, delivery, Backend.Mode.PERMISSIVE, PLAINTEXT),
                                  new Form(envoy, delivery, Backend.Mode.STRICT, tls()))))
          .toList();

  static final List<Form> AGGREGATED =
      Stream.of(EnvoyVersion.values())
          .flatMap(
              envoy ->
                  Stream.of(Delivery.values())
                      .map(delivery -> new Form(envoy, delivery, Backend.Mode.STRICT, tls())))
          .toList();

  @TempDir private Path folder;

  @ParameterizedTest
  @FieldSource("FORMS")
  void everyFormIsValidToEnvoy(Form form) throws Exception {
    var config = Files.writeString(folder.resolve("bootstrap.yaml"), bootstrap(form).yaml());

    var said = folder.resolve("said.txt");
    var exit =
        new ProcessBuilder(
                form.envoy().binary().toString(), "--mode", "validate", "-c", config.toString())
            .redirectErrorStream(true)
            .redirectOutput(said.toFile())
            .start()
            .waitFor();

    assertThat(exit).as(Files.readString(said)).isZero();
    assertThat(Files.readString(said)).doesNotContainIgnoringCase("deprecated");
  }

  @ParameterizedTest
  @FieldSource("AGGREGATED")
  void envoyStartsWithSecretsOverAds(Form form) {
    var bootstrap = AdsBootstrap.of(bootstrap(form).yaml(), folder);

    try (var envoy = form.envoy().start(bootstrap, folder)) {
      assertThat(envoy.admin().stats("^server.state$")).isNotEmpty();
      assertThat(envoy.log()).doesNotContainIgnoringCase("deprecated");
    }
  }

  @Test
  void aSidecarWithoutItsSecretsKeepsItsInboundPortClosed() {
    var form = FORMS.getFirst();
    try (var envoy = form.envoy().start(bootstrap(form).yaml(), folder)) {
      assertThat(envoy.admin().isLive()).isFalse();
      assertThat(envoy.admin().certs()).isEmpty();
      assertThat(envoy.admin().stats("^listener_manager.total_listeners_warming$")).isNotEmpty();
    }
  }

  private static EnvoyBootstrap bootstrap(Form form) {
    return new EnvoyBootstrap(
        new Sidecar(new DataplaneId("default", "web-1"), "web", "default"),
        new Sds(
            form.server(),
            Optional.of("e30.e30.c2ln"),
            form.delivery(),
            SecretNames.kuma("default")),
        Optional.of(Inbound.parse("127.0.0.1:0:8080", form.mode())),
        List.of(
            Outbound.parse("0=backend@127.0.0.1:8443"),
            Outbound.parse("0=backend@backend.example:8443")),
        HostPort.parse("127.0.0.1:0"));
  }

  private static SdsEndpoint tls() {
    try (var pem = requireNonNull(EnvoyBootstrapIT.class.getResourceAsStream("ca.pem"))) {
      return new SdsEndpoint.Tls(
          HostPort.parse("meshseal.example:5690"),
          new String(pem.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
