package dev.meshseal.testbed.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.meshseal.ca.BackendRef;
import dev.meshseal.ca.CaException;
import dev.meshseal.ca.builtin.BuiltinCa;
import dev.meshseal.ca.builtin.CaKeyStore;
import dev.meshseal.kubernetes.Cluster;
import dev.meshseal.kubernetes.resources.ClusterCaKeys;
import dev.meshseal.mesh.BackendConf;
import dev.meshseal.testbed.Command;
import dev.meshseal.testbed.JavaProcess;
import dev.meshseal.testbed.OneClusterCaMaker;
import dev.meshseal.testbed.kubernetes.OurRights.Right;
import dev.meshseal.x509.CaProfile;
import dev.meshseal.x509.CryptoProvider;
import dev.meshseal.x509.Fingerprint;
import dev.meshseal.x509.IssuingCa;
import dev.meshseal.x509.KeyType;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The authorities that are kept at a real API server: one each, whoever makes them. */
class ClusterCaKeysIT {
  private static final TestCluster CLUSTER = TestCluster.shared();

  @TempDir Path folder;
  private String namespace;
  private Cluster connection;
  private ClusterCaKeys keys;

  @BeforeEach
  void connect() {
    namespace = CLUSTER.namespace("ca");
    connection = Cluster.open(Optional.of(CLUSTER.kubeconfig()), Optional.of(namespace));
    keys = new ClusterCaKeys(connection);
  }

  @AfterEach
  void close() {
    connection.close();
  }

  private static IssuingCa newCa() {
    return IssuingCa.create(
        new CaProfile("default", "default", KeyType.EC_P256, Duration.ofDays(365)),
        CryptoProvider.best(),
        InstantSource.system().instant());
  }

  private static String fingerprint(IssuingCa ca) {
    return Fingerprint.of(ca.certificate());
  }

  private String secretPath(String name) {
    return "/api/v1/namespaces/%s/secrets/%s".formatted(namespace, name);
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void keepsAnAuthorityInOneSecretThatNobodyCanChange() {
    var made = newCa();

    var kept = keys.createIfAbsent("default", "ca-1", made);

    assertThat(fingerprint(kept)).isEqualTo(fingerprint(made));
    assertThat(keys.read("default", "ca-1").map(ClusterCaKeysIT::fingerprint))
        .contains(fingerprint(made));
    var secret = CLUSTER.api().get(secretPath("meshseal-ca.default.ca-1")).require().json();
    assertThat(secret.path("type").asString()).isEqualTo("meshseal.dev/ca");
    assertThat(
            CLUSTER
                .api()
                .patch(
                    secretPath("meshseal-ca.default.ca-1"), "{\"data\": {\"tls.key\": \"YQ==\"}}")
                .status())
        .isEqualTo(422);
  }

  @Test
  void findsNothingWhereNobodyHasMadeAnything() {
    assertThat(keys.read("default", "ca-1")).isEmpty();
  }

  @Test
  void neverTakesOneBackendsAuthorityForAnothers() {
    keys.createIfAbsent("a", "b.c", newCa());
    keys.createIfAbsent("a", "B_C", newCa());
    keys.createIfAbsent("a", "b.-c", newCa());

    var all =
        List.of("b.c", "B_C", "b.-c").stream()
            .map(backend -> fingerprint(keys.read("a", backend).orElseThrow()))
            .toList();
    assertThat(all).doesNotHaveDuplicates();
    assertThat(keys.read("a", "b")).isEmpty();
    assertThat(keys.read("a", "b_c")).isEmpty();
  }

  @Test
  void givesAllWhoMakeOneAtOnceTheSame() throws Exception {
    for (var round = 0; round < 10; round++) {
      var backend = "ca-" + round;
      var makers =
          IntStream.range(0, 8)
              .<Callable<String>>mapToObj(
                  maker -> () -> fingerprint(keys.createIfAbsent("default", backend, newCa())))
              .toList();
      try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
        var kept = new HashSet<String>();
        for (var answer : threads.invokeAll(makers)) {
          kept.add(answer.get());
        }
        assertThat(kept).hasSize(1);
      }
    }
  }

  @Test
  void givesAllProcessesThatMakeOneAtOnceTheSame() throws Exception {
    var makers = new ArrayList<JavaProcess>();
    try {
      for (var maker = 0; maker < 3; maker++) {
        makers.add(
            JavaProcess.start(
                folder.resolve("tmp-" + maker),
                OneClusterCaMaker.class,
                CLUSTER.kubeconfig().toString(),
                namespace));
      }
      for (var maker : makers) {
        assertThat(maker.readLine()).isEqualTo("ready");
      }
      for (var round = 0; round < 20; round++) {
        var backend = "ca-" + round;
        makers.forEach(maker -> maker.say(backend));
        var kept = new HashSet<String>();
        for (var maker : makers) {
          kept.add(maker.readLine());
        }
        assertThat(kept).hasSize(1);
        assertThat(kept).contains(fingerprint(keys.read("default", backend).orElseThrow()));
      }
    } finally {
      makers.forEach(JavaProcess::close);
    }
  }

  // ---- what Kuma has made

  /** As Kuma makes it: RSA, serial 0, the trust domain as a name, the key as PKCS#1. */
  private List<String> kumaCa(String mesh) throws Exception {
    var config =
        Folders.write(
            folder.resolve(mesh + ".cnf"),
            """
            [req]
            distinguished_name = dn
            x509_extensions = ca
            prompt = no
            [dn]
            O = Kuma
            OU = Mesh
            CN = %1$s
            [ca]
            basicConstraints = critical,CA:TRUE
            keyUsage = critical,keyCertSign,cRLSign
            subjectAltName = URI:spiffe://%1$s
            subjectKeyIdentifier = hash
            """
                .formatted(mesh));
    var key = folder.resolve(mesh + ".key");
    var cert = folder.resolve(mesh + ".crt");
    Command.run(List.of("openssl", "genrsa", "-traditional", "-out", key.toString(), "2048"));
    Command.run(
        List.of(
            "openssl",
            "req",
            "-new",
            "-x509",
            "-set_serial",
            "0",
            "-days",
            "3650",
            "-sha256",
            "-config",
            config.toString(),
            "-key",
            key.toString(),
            "-out",
            cert.toString()));
    return List.of(Files.readString(cert), Files.readString(key));
  }

  private void put(String name, String mesh, String content) {
    CLUSTER.apply(
        MeshCrd.secret(
            namespace,
            name,
            mesh,
            "type: system.kuma.io/secret, data: {value: %s}".formatted(base64(content))));
  }

  @Test
  void adoptsTheAuthorityThatKumaHasMadeAndKeepsItWhenKumaIsGone() throws Exception {
    var kuma = kumaCa("default");
    assertThat(kuma.get(1)).startsWith("-----BEGIN RSA PRIVATE KEY-----");
    put("default.ca-builtin-cert-ca-1", "default", kuma.get(0));
    put("default.ca-builtin-key-ca-1", "default", kuma.get(1));
    var expected =
        fingerprint(
            IssuingCa.read(
                kuma.get(0).getBytes(StandardCharsets.US_ASCII),
                kuma.get(1).getBytes(StandardCharsets.US_ASCII)));

    var adopted = open("ca-1");

    assertThat(Fingerprint.of(adopted.trustBundle().roots().getFirst())).isEqualTo(expected);
    CLUSTER.api().delete(secretPath("default.ca-builtin-cert-ca-1")).require();
    CLUSTER.api().delete(secretPath("default.ca-builtin-key-ca-1")).require();
    assertThat(keys.read("default", "ca-1").map(ClusterCaKeysIT::fingerprint)).contains(expected);
    assertThat(
            CLUSTER
                .api()
                .get(secretPath("meshseal-ca.default.ca-1"))
                .require()
                .json()
                .path("metadata")
                .path("annotations")
                .path("meshseal.dev/origin")
                .asString())
        .isEqualTo("kuma: default.ca-builtin-cert-ca-1");
  }

  @Test
  void keepsItsOwnAuthorityWhereKumaMakesOneLater() throws Exception {
    var ours = keys.createIfAbsent("default", "ca-1", newCa());
    var kuma = kumaCa("default");
    put("default.ca-builtin-cert-ca-1", "default", kuma.get(0));
    put("default.ca-builtin-key-ca-1", "default", kuma.get(1));

    assertThat(keys.read("default", "ca-1").map(ClusterCaKeysIT::fingerprint))
        .contains(fingerprint(ours));
  }

  @Test
  void makesNoAuthorityBesideHalfOfKumas() throws Exception {
    put("default.ca-builtin-cert-ca-1", "", kumaCa("default").get(0));

    assertThatThrownBy(() -> open("ca-1"))
        .isInstanceOfSatisfying(
            CaException.class,
            refused -> assertThat(refused.kind()).isEqualTo(CaException.Kind.UNAVAILABLE))
        .hasMessage(
            "mesh 'default' backend 'ca-1' has no authority: Kuma's Secret %1$s/default.ca-builtin-cert-ca-1 is there and Secret %1$s/default.ca-builtin-key-ca-1 is not; restore the missing one from a backup, or delete both to have a new authority made"
                .formatted(namespace));
    assertThat(CLUSTER.api().get(secretPath("meshseal-ca.default.ca-1")).status()).isEqualTo(404);
  }

  @Test
  void refusesKumasHalvesThatDoNotBelongTogether() throws Exception {
    put("default.ca-builtin-cert-ca-1", "", kumaCa("default").get(0));
    put("default.ca-builtin-key-ca-1", "", kumaCa("other").get(1));

    assertThatThrownBy(() -> open("ca-1"))
        .isInstanceOf(CaException.class)
        .hasMessageContaining("has a private key that does not belong to its certificate")
        .hasMessageContaining("default.ca-builtin-key-ca-1");
    assertThat(CLUSTER.api().get(secretPath("meshseal-ca.default.ca-1")).status()).isEqualTo(404);
  }

  @Test
  void refusesWhatOnlyHasTheNameOfKumas() throws Exception {
    var kuma = kumaCa("default");
    put("default.ca-builtin-cert-ca-1", "other", kuma.get(0));
    put("default.ca-builtin-key-ca-1", "other", kuma.get(1));

    assertThatThrownBy(() -> open("ca-1"))
        .isInstanceOf(CaException.class)
        .hasMessageContaining("belongs to mesh 'other' by its label kuma.io/mesh");
  }

  private BuiltinCa open(String backend) {
    return open(keys, backend);
  }

  private static BuiltinCa open(CaKeyStore keys, String backend) {
    return BuiltinCa.open(
        BackendRef.of("default", backend),
        new BackendConf.Builtin(
            KeyType.EC_P256, BackendConf.Builtin.DEFAULT_CA_LIFETIME, KeyType.EC_P256),
        keys,
        CryptoProvider.best(),
        InstantSource.system());
  }

  // ---- what is not ours, or is damaged

  @Test
  void refusesWhatIsNotOursByNameAndLeavesItAsItIs() {
    var foreign = "{\"type\": \"Opaque\", \"metadata\": {\"name\": \"meshseal-ca.default.ca-1\"}}";
    CLUSTER.api().post("/api/v1/namespaces/%s/secrets".formatted(namespace), foreign).require();
    var before = CLUSTER.api().get(secretPath("meshseal-ca.default.ca-1")).body();

    assertThatThrownBy(() -> keys.read("default", "ca-1"))
        .isInstanceOf(CaException.class)
        .hasMessageContaining(
            "Secret %s/meshseal-ca.default.ca-1 has type 'Opaque' and not meshseal.dev/ca"
                .formatted(namespace));
    assertThatThrownBy(() -> keys.createIfAbsent("default", "ca-1", newCa()))
        .isInstanceOf(CaException.class);
    assertThat(CLUSTER.api().get(secretPath("meshseal-ca.default.ca-1")).body()).isEqualTo(before);
  }

  @Test
  void refusesAnAuthorityThatIsDamagedOrAnothers() {
    keys.createIfAbsent("default", "ca-1", newCa());
    var copy = CLUSTER.api().get(secretPath("meshseal-ca.default.ca-1")).require().body();
    post(
        copy.replace(
            "\"name\":\"meshseal-ca.default.ca-1\"", "\"name\":\"meshseal-ca.default.ca-2\""));
    post(
        copy.replace(
                "\"name\":\"meshseal-ca.default.ca-1\"", "\"name\":\"meshseal-ca.default.ca-3\"")
            .replace("\"meshseal.dev/backend\":\"ca-1\"", "\"meshseal.dev/backend\":\"ca-3\"")
            .replaceFirst("\"tls.key\":\"[^\"]+\"", "\"tls.key\":\"LS0tLS1CRUdJTiBQ\""));

    assertThatThrownBy(() -> keys.read("default", "ca-2"))
        .isInstanceOf(CaException.class)
        .hasMessageContaining("has annotation meshseal.dev/backend: ca-1 where 'ca-2' belongs");
    assertThatThrownBy(() -> keys.read("default", "ca-3"))
        .isInstanceOf(CaException.class)
        .hasMessageContaining(
            "Secret %s/meshseal-ca.default.ca-3 is damaged: it ".formatted(namespace))
        .hasMessageNotContaining("LS0t");
  }

  private void post(String secret) {
    CLUSTER
        .api()
        .post(
            "/api/v1/namespaces/%s/secrets".formatted(namespace),
            secret
                .replaceAll("\"(uid|resourceVersion|creationTimestamp)\":\"[^\"]*\",?", "")
                .replaceAll("\"managedFields\":\\[.*?\\]\\s*(?=})", "\"labels\":{}"))
        .require();
  }

  @Test
  void namesTheRightsThatItLacks() {
    var rights = new OurRights(CLUSTER, namespace);
    for (var missing : List.of("get", "create")) {
      var right = new Right(missing, "", "secrets", false);
      var account = rights.account("without-" + missing, one -> !one.equals(right), folder);
      try (var limited = Cluster.open(Optional.of(account), Optional.of(namespace))) {
        assertThatThrownBy(() -> open(new ClusterCaKeys(limited), "ca-1"))
            .isInstanceOfSatisfying(
                CaException.class,
                failure -> assertThat(failure.kind()).isEqualTo(CaException.Kind.UNAVAILABLE))
            .hasMessageStartingWith("mesh 'default' backend 'ca-1' has no authority: ")
            .hasMessageContaining(
                "grant verb '%s' on 'secrets' of API group '' by a Role in namespace '%s'"
                    .formatted(missing, namespace));
      }
    }
  }
}
