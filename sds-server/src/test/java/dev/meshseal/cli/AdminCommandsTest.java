package dev.meshseal.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meshseal.server.admin.AdminConfig;
import dev.meshseal.server.admin.AdminServer;
import dev.meshseal.server.admin.BackendView;
import dev.meshseal.server.admin.BuildInfo;
import dev.meshseal.server.admin.FakeInspection;
import dev.meshseal.server.admin.Json;
import dev.meshseal.server.admin.Metrics;
import dev.meshseal.server.files.DataDirectory;
import dev.meshseal.server.files.FileCaKeyStore;
import dev.meshseal.x509.CaProfile;
import dev.meshseal.x509.CertificateSigner;
import dev.meshseal.x509.CryptoProvider;
import dev.meshseal.x509.IdentityCertificate;
import dev.meshseal.x509.IssuingCa;
import dev.meshseal.x509.KeyType;
import dev.meshseal.x509.Pem;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AdminCommandsTest {
  private static final String TOKEN = "0123456789abcdef0123456789abcdef";

  @TempDir private Path folder;
  private final FakeInspection inspection = new FakeInspection();
  private final List<String> renewed = new ArrayList<>();
  private final Metrics metrics = new Metrics(new BuildInfo("1.2.3", "abcdef0"));
  private final List<AutoCloseable> open = new ArrayList<>();
  private Shell shell = new Shell();

  @BeforeEach
  void start() throws IOException {
    var server =
        AdminServer.start(
            new AdminConfig(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                () -> Set.of(),
                Optional.empty(),
                () -> Optional.of(TOKEN)),
            inspection,
            (mesh, dataplane) -> {
              renewed.add(mesh + dataplane.map("/"::concat).orElse(""));
              return 1;
            },
            metrics);
    open.add(server);
    open.add(metrics);
    shell = new Shell(Map.of("MESHSEAL_ADMIN", "127.0.0.1:" + server.address().getPort()), "");
  }

  @AfterEach
  void stop() throws Exception {
    for (var one : open) {
      one.close();
    }
  }

  @Test
  void showsMeshesAsATable() {
    var result = shell.run("get", "meshes");

    assertThat(result.exitCode()).isEqualTo(ExitCode.DONE);
    assertThat(result.out().lines().toList().get(0))
        .matches("MESH +MTLS +MODE +PROXIES +ROOTS +VERDICT");
    assertThat(result.out().lines().toList().get(1))
        .matches("default +ca-1 +strict +1 +1 +1 of 1 holds a valid leaf; .*");
  }

  @Test
  void showsTheThreeSerialsSideBySide() {
    var result = shell.run("get", "certificates", "--mesh", "default");

    assertThat(result.out().lines().toList().get(1))
        .matches("default/web-1 +kuma +ok +5e1 +5e1 +5e1 +ca-1 +in 23 h +96% +first +-");
  }

  @Test
  void showsDataplanesAndBackends() {
    assertThat(shell.run("get", "dataplanes").out())
        .contains("default/web-1", "spiffe://default/web", "envoy 1.40.0", "in 10 d");
    assertThat(shell.run("get", "backends").out())
        .contains("default/ca-1", "builtin", "in 3550 d", "60 min ago");
  }

  @Test
  void showsHowManyRequestsAreUnderWayAndForHowLong() {
    inspection.underWay(900, 64, Duration.ofSeconds(16));

    assertThat(shell.run("get", "backends").out()).contains("964, about 16 s");
  }

  @Test
  void showsWhatABackendWarnsOfWhereItHasNoProblem() {
    inspection.backend(
        view ->
            new BackendView(
                view.mesh(),
                view.name(),
                view.type(),
                true,
                true,
                view.authorities(),
                view.leafLifetime(),
                view.lastLifetime(),
                view.lastSuccess(),
                Optional.empty(),
                Optional.empty(),
                0,
                0,
                0,
                Optional.empty(),
                Optional.empty(),
                Optional.of("its CA ends soon")));

    assertThat(shell.run("get", "backends").out()).contains("its CA ends soon");
  }

  @Test
  void showsTheSameAsJsonAndYaml() {
    var json = shell.run("get", "certificates", "-o", "json");
    var yaml = shell.run("get", "certificates", "-o", "yaml");

    var items = Json.parse(json.out().getBytes(StandardCharsets.UTF_8));
    assertThat(items.get(0).path("acked").asString()).isEqualTo("5e1");
    assertThat(yaml.out())
        .startsWith("- mesh: \"default\"\n  dataplane: \"web-1\"\n")
        .contains("\n  uris:\n    - \"spiffe://default/web\"\n", "\n  nack: null\n");
  }

  @Test
  void failsWhenALeafHasTooLittleOfItsLifeLeft() {
    assertThat(shell.run("get", "certificates", "--fail-below", "25%").exitCode())
        .isEqualTo(ExitCode.DONE);

    inspection.at(FakeInspection.NOON.plus(Duration.ofHours(18)));
    var result = shell.run("get", "certificates", "--fail-below", "25%");

    assertThat(result.exitCode()).isEqualTo(ExitCode.NO);
    assertThat(result.err())
        .contains("default/web-1: its leaf 5e1 has 21% of its life left, less than 25%");
  }

  @Test
  void refusesAThresholdThatMakesNoSense() {
    assertThat(shell.run("get", "certificates", "--fail-below", "101%").exitCode())
        .isEqualTo(ExitCode.WRONG_USAGE);
    assertThat(shell.run("get", "meshes", "--fail-below", "25%").exitCode())
        .isEqualTo(ExitCode.WRONG_USAGE);
  }

  @Test
  void explainsAProxyThatIsWell() {
    var result = shell.run("explain", "default/web-1");

    assertThat(result.out())
        .startsWith("default/web-1\n  ✓ credential ")
        .contains("  ✓ ACK            Envoy acknowledged 5e1")
        .doesNotContain("✗");
    assertThat(result.exitCode()).isEqualTo(ExitCode.DONE);
  }

  @Test
  void explainsAProxyThatIsNotWithOneCodeAndOneRemedy() {
    inspection.identity(
        view ->
            new dev.meshseal.server.admin.DataplaneView.IdentityView(
                view.form(),
                view.uris(),
                Optional.empty(),
                Optional.empty(),
                false,
                Optional.of(FakeInspection.problem("unavailable", "vault is sealed (503)"))));

    var result = shell.run("explain", "default/web-1");

    assertThat(result.exitCode()).isEqualTo(ExitCode.NO);
    assertThat(result.out())
        .contains("  ✗ upstream call  vault is sealed (503)", "MS402: vault is sealed (503)")
        .contains("  do:  ", "next try in 12 s", "  see: docs/explain.md#ms402");
  }

  @Test
  void explainsTwoProxies() {
    inspection.dataplanes.add(FakeInspection.dataplane("backend-1", "5e9"));

    var result = shell.run("explain", "default/web-1", "default/backend-1");

    assertThat(result.exitCode()).isEqualTo(ExitCode.DONE);
    assertThat(result.out()).contains("default/web-1 and default/backend-1 can talk mutual TLS");
  }

  @Test
  void explainsAsJson() {
    var result = shell.run("explain", "default/nobody", "-o", "json");

    var json = Json.parse(result.out().getBytes(StandardCharsets.UTF_8));
    assertThat(result.exitCode()).isEqualTo(ExitCode.NO);
    assertThat(json.path("proxies").get(0).path("finding").path("code").asString())
        .isEqualTo("MS101");
  }

  @Test
  void exportsTheRoots() {
    var all = shell.run("ca", "export", "--mesh", "default");
    var one = shell.run("ca", "export", "--mesh", "default", "--backend", "ca-1");
    var none = shell.run("ca", "export", "--mesh", "other");

    assertThat(all.out()).isEqualTo(FakeInspection.ROOT_PEM).isEqualTo(one.out());
    assertThat(all.err()).contains("ends 2036-");
    assertThat(none.exitCode()).isEqualTo(ExitCode.NO);
    assertThat(none.err()).contains("no mesh 'other'");
    assertThat(shell.run("ca", "export", "--mesh", "default", "--backend", "ca-2").exitCode())
        .isEqualTo(ExitCode.NO);
  }

  @Test
  void exportsTheRootsOfADataDirectoryWithoutAServer() {
    var ca =
        IssuingCa.create(
            new CaProfile(
                "ca", "default", new KeyType.Ec(KeyType.Curve.P_256), Duration.ofDays(3650)),
            CryptoProvider.jdk(),
            FakeInspection.NOON);
    try (var data = DataDirectory.openShared(folder.resolve("data"))) {
      new FileCaKeyStore(data, Optional.empty()).createIfAbsent("default", "ca-1", ca);
    }
    var data = folder.resolve("data").toString();

    var all = shell.run("ca", "export", "--mesh", "default", "--data", data);
    var one = shell.run("ca", "export", "--mesh", "default", "--backend", "ca-1", "--data", data);
    var none = shell.run("ca", "export", "--mesh", "other", "--data", data);
    var foreign = shell.run("ca", "export", "--mesh", "other", "--data", folder.toString());

    assertThat(all.out()).isEqualTo(Pem.certificate(ca.certificate())).isEqualTo(one.out());
    assertThat(none.exitCode()).isEqualTo(ExitCode.NO);
    assertThat(none.err()).contains("mesh 'other' has no roots in data directory");
    assertThat(foreign.exitCode()).isEqualTo(ExitCode.NO);
    assertThat(foreign.err()).contains("is not a data directory of meshseal");
  }

  @Test
  void renewsWithTheTokenOnly() throws IOException {
    var token = Files.writeString(folder.resolve("admin-token"), TOKEN + "\n");
    var wrong = Files.writeString(folder.resolve("wrong"), "nothing");

    var refused = shell.run("renew", "default/web-1", "--admin-token-file", wrong.toString());
    var done = shell.run("renew", "default/web-1", "--admin-token-file", token.toString());

    assertThat(refused.exitCode()).isEqualTo(ExitCode.NO);
    assertThat(refused.err()).contains("--admin-token-file").doesNotContain("nothing");
    assertThat(done.exitCode()).isEqualTo(ExitCode.DONE);
    assertThat(done.out()).contains("1 certificate is being renewed");
    assertThat(renewed).containsExactly("default/web-1");
  }

  @Test
  void saysThatNoServerAnswersAndWhatToDo() throws IOException {
    int free;
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      free = socket.getLocalPort();
    }

    var result = shell.run("get", "meshes", "--admin", "127.0.0.1:" + free);

    assertThat(result.exitCode()).isEqualTo(ExitCode.UNREACHABLE);
    assertThat(result.err())
        .startsWith("meshseal: no server at admin address 127.0.0.1:" + free)
        .contains("meshseal run", "--admin");
  }

  @Test
  void trustsTheServersOwnCertificateUnderAnyName() throws Exception {
    var leaf = serverCertificate();
    var address = "https://127.0.0.1:" + startWithTls(leaf);
    var own = Files.writeString(folder.resolve("tls.crt"), leaf.chainPem());
    var token = Files.writeString(folder.resolve("token"), TOKEN);

    var result =
        shell.run(
            "get",
            "meshes",
            "--admin=" + address,
            "--admin-ca=" + own,
            "--admin-token-file=" + token);

    assertThat(result.err()).isEmpty();
    assertThat(result.exitCode()).isEqualTo(ExitCode.DONE);
  }

  @Test
  void trustsWhatItsCaIssuedUnderTheNamesInThatAlone() throws Exception {
    var address = "https://127.0.0.1:" + startWithTls(serverCertificate());
    var authority = Files.writeString(folder.resolve("ca.crt"), Pem.certificate(ca.certificate()));

    var result = shell.run("get", "meshes", "--admin=" + address, "--admin-ca=" + authority);

    assertThat(result.exitCode()).isEqualTo(ExitCode.UNREACHABLE);
    assertThat(result.err()).contains("could not be verified");
  }

  private final IssuingCa ca =
      IssuingCa.create(
          new CaProfile("server", "default", KeyType.EC_P256, Duration.ofDays(10)),
          CryptoProvider.jdk(),
          Instant.now());

  private IdentityCertificate serverCertificate() {
    return new CertificateSigner(ca, KeyType.EC_P256, CryptoProvider.jdk())
        .signServer(List.of("meshseal.example"), Duration.ofDays(1), Instant.now());
  }

  private int startWithTls(IdentityCertificate leaf) throws Exception {
    var store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    store.setKeyEntry(
        "server",
        Pem.readPrivateKey(leaf.privateKeyPem().getBytes(StandardCharsets.US_ASCII)),
        new char[0],
        Pem.readCertificates(leaf.chainPem().getBytes(StandardCharsets.US_ASCII))
            .toArray(X509Certificate[]::new));
    var keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(store, new char[0]);
    var tls = SSLContext.getInstance("TLS");
    tls.init(keys.getKeyManagers(), null, null);
    var server =
        AdminServer.start(
            new AdminConfig(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                () -> Set.of("meshseal.example"),
                Optional.of(tls),
                () -> Optional.of(TOKEN)),
            inspection,
            (mesh, dataplane) -> 1,
            metrics);
    open.add(server);
    return server.address().getPort();
  }

  @Test
  void sendsNothingInTheClearOffLoopback() {
    var result = shell.run("get", "meshes", "--admin", "http://mesh.example:5691");

    assertThat(result.exitCode()).isEqualTo(ExitCode.WRONG_USAGE);
    assertThat(result.err()).contains("only https");
  }

  @Test
  void sendsNothingToAServerThatItCannotVerify() {
    var result = shell.run("get", "meshes", "--admin", "mesh.example:5691");

    assertThat(result.exitCode()).isEqualTo(ExitCode.WRONG_USAGE);
    assertThat(result.err()).contains("--admin-ca");
  }
}
