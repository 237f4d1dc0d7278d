package dev.meshseal.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

class BootstrapCommandTest {
  private static final String PEM =
      "-----BEGIN CERTIFICATE-----\r\nMAA=\r\n-----END CERTIFICATE-----";

  @TempDir private Path folder;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @BeforeEach
  void writeTheFilesThatTheServerWrites() throws Exception {
    Files.createDirectories(folder.resolve("data/server"));
    Files.writeString(folder.resolve("data/server/ca.crt"), PEM);
    Files.writeString(folder.resolve("token"), "head.body.sig\n");
  }

  @Test
  void printsAWholeSidecar() {
    var exit = run("--inbound", "8443:8080", "--outbound", "9000=backend@backend.example:8443");

    assertThat(exit).isZero();
    assertThat(out.toString())
        .startsWith(
            """
            node:
              id: default.web-1
              cluster: web
            admin:
              address:
                socket_address:
                  address: "127.0.0.1"
                  port_value: 9901
            """)
        .contains("exact: \"spiffe://default/backend\"")
        .contains("prefix: \"spiffe://default/\"")
        .contains("sni: \"backend{mesh=default}\"")
        .contains("value: head.body.sig\n")
        .contains("inline_string: |\n                -----BEGIN CERTIFICATE-----\n");
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void everySecretComesFromASourceOfTheSameBytes() {
    run("--inbound", "8443:8080", "--outbound", "9000=a@h:1", "--outbound", "9001=b@h:2");

    var sources = new ArrayList<>();
    collect("sds_config", yaml(), sources);

    assertThat(sources).hasSize(6);
    assertThat(sources.stream().distinct()).hasSize(1);
    assertThat(sources.getFirst().toString())
        .contains("initial_fetch_timeout=0s", "set_node_on_first_message_only=true", "V3");
  }

  @Test
  void theSdsClusterIsTheFirst() {
    run("--outbound", "9000=a@h:1");

    var clusters = new ArrayList<>();
    collect("clusters", yaml(), clusters);

    assertThat(clusters.toString()).startsWith("[[{name=meshseal_sds,").contains("outbound_0_a");
  }

  @Test
  void aUnixSocketWantsNeitherTokenNorAuthority() {
    var exit = execute("--mesh", "default", "--name", "web-1", "--server", "unix:/run/m.sock");

    assertThat(exit).isZero();
    assertThat(out.toString()).contains("path: /run/m.sock").doesNotContain("authorization");
  }

  @Test
  void deltaAndPermissiveAreSaidSo() {
    run("--delta", "--mode", "permissive", "--inbound", "127.0.0.1:8443:8080");

    assertThat(out.toString())
        .contains("api_type: DELTA_GRPC")
        .contains("transport_protocol: raw_buffer")
        .contains("envoy.filters.listener.tls_inspector");
  }

  @Test
  void aTrustDomainOfItsOwnChangesThePeersButNotTheNames() {
    run("--trust-domain", "cluster.local", "--outbound", "9000=a@h:1");

    assertThat(out.toString())
        .contains("exact: \"spiffe://cluster.local/a\"")
        .contains("name: \"identity_cert:secret:default\"");
  }

  @Test
  void everyWrongFlagIsToldAtOnce() {
    var exit =
        execute(
            "--mesh",
            "De.fault",
            "--name",
            "web 1",
            "--server",
            "nowhere",
            "--inbound",
            "x:8080",
            "--outbound",
            "9000=backend",
            "--envoy-admin",
            "localhost:9901",
            "--trust-domain",
            "A");

    assertThat(exit).isEqualTo(2);
    assertThat(err.toString())
        .contains("--mesh: must be 1 to 63 of a-z 0-9 and inner '-', got 'De.fault'")
        .contains("--name: must be")
        .contains("--trust-domain: must be")
        .contains("--server: must be HOST:PORT, got 'nowhere'")
        .contains("--token-file: a server that is not on a unix socket wants a token")
        .contains("--inbound: a port is 0 to 65535, got 'x'")
        .contains("--outbound: must be PORT=SERVICE@HOST:PORT, got '9000=backend'")
        .contains("--envoy-admin: envoy's admin listens on an IP address, got 'localhost'");
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void onePortForTwoServicesIsRefused() {
    var exit = run("--outbound", "9000=a@h:1", "--outbound", "9000=b@h:2");

    assertThat(exit).isEqualTo(2);
    assertThat(err.toString()).contains("port 9000 is given to two services");
  }

  @Test
  void plaintextLeavesTheMachineOnNoAccount() {
    var exit = run("--plaintext");

    assertThat(exit).isEqualTo(2);
    assertThat(err.toString()).contains("'meshseal.example:5690' is not on this machine");
  }

  @Test
  void aTokenThatIsReloadedIsNamedAndNotHeld() {
    var exit = run("--reload-token", "--inbound", "8443:8080");

    assertThat(exit).isZero();
    assertThat(out.toString())
        .contains("filename: " + folder.resolve("token"))
        .contains("target_uri: \"meshseal.example:5690\"")
        .doesNotContain("head.body.sig", "envoy_grpc");
  }

  @Test
  void aTokenIsReloadedOnlyOverTls() {
    var exit =
        execute(
            "--mesh",
            "default",
            "--name",
            "web-1",
            "--server",
            "127.0.0.1:5690",
            "--plaintext",
            "--reload-token",
            "--token-file",
            folder.resolve("token").toString());

    assertThat(exit).isEqualTo(2);
    assertThat(err.toString())
        .contains("--reload-token: a token is read from its file only over TLS");
  }

  @Test
  void readinessIsAskedForOnAPortOfItsOwnAndAnswersNothingElse() {
    run("--ready", "9902", "--inbound", "8443:8080");

    var listeners = new ArrayList<>();
    collect("listeners", yaml(), listeners);
    assertThat(listeners.toString())
        .contains("{name=ready, address={socket_address={address=0.0.0.0, port_value=9902}}")
        .contains("exact=/ready", "route_config={name=none}");
  }

  @Test
  void aFileIsWrittenForItsOwnerAlone() throws Exception {
    var file = folder.resolve("envoy.yaml");
    Files.writeString(file, "before");

    var exit = run("--output", file.toString());

    assertThat(exit).isZero();
    assertThat(out.toString()).isEmpty();
    assertThat(Files.readString(file)).startsWith("node:\n  id: default.web-1\n");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    try (var entries = Files.list(folder)) {
      assertThat(entries.map(entry -> entry.getFileName().toString()))
          .containsExactlyInAnyOrder("data", "token", "envoy.yaml");
    }
  }

  @Test
  void aFolderThatIsNotThereIsNamed() {
    var exit = run("--output", folder.resolve("no/envoy.yaml").toString());

    assertThat(exit).isEqualTo(1);
    assertThat(err.toString()).contains("no");
  }

  @Test
  void aMissingFileIsInvalidInputAndNamed() throws Exception {
    Files.delete(folder.resolve("token"));
    Files.delete(folder.resolve("data/server/ca.crt"));

    var exit = run();

    assertThat(exit).isEqualTo(1);
    assertThat(err.toString()).contains("--token-file: there is no file '", "--ca: there is no");
  }

  @Test
  void aTokenThatIsNoneIsRefusedWithoutBeingShown() throws Exception {
    Files.writeString(folder.resolve("token"), "secret words\nof two lines");

    var exit = run();

    assertThat(exit).isEqualTo(1);
    assertThat(err.toString()).contains("--token-file: the token is not one line");
    assertThat(err.toString()).doesNotContain("secret words");
  }

  private int run(String... more) {
    var arguments =
        new ArrayList<>(
            List.of(
                "--mesh",
                "default",
                "--name",
                "web-1",
                "--service",
                "web",
                "--server",
                "meshseal.example:5690",
                "--token-file",
                folder.resolve("token").toString(),
                "--data",
                folder.resolve("data").toString()));
    arguments.addAll(List.of(more));
    return execute(arguments.toArray(String[]::new));
  }

  private int execute(String... arguments) {
    var console =
        new Console(
            InputStream.nullInputStream(),
            new PrintWriter(out),
            new PrintWriter(err),
            Map.of(),
            false);
    var all = new ArrayList<>(List.of("bootstrap"));
    all.addAll(List.of(arguments));
    return Meshseal.execute(console, all.toArray(String[]::new));
  }

  private Object yaml() {
    return new Load(LoadSettings.builder().build()).loadFromString(out.toString());
  }

  private static void collect(String key, Object node, List<Object> found) {
    if (node instanceof Map<?, ?> map) {
      map.forEach(
          (name, value) -> {
            if (key.equals(name)) {
              found.add(value);
            }
            collect(key, value, found);
          });
    } else if (node instanceof List<?> list) {
      list.forEach(child -> collect(key, child, found));
    }
  }
}
