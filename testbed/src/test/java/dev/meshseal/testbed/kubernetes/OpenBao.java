package dev.meshseal.testbed.kubernetes;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.meshseal.testbed.Testbed;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;

/**
 * A real OpenBao in development mode, over plain HTTP on the loopback; all it knows is in memory. A
 * test takes a mount of its own.
 */
public final class OpenBao implements AutoCloseable {
  /** The role that {@link #enablePki} makes. */
  public static final String ROLE = "dataplane-proxies";

  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Pattern UNSEAL_KEY = Pattern.compile("Unseal Key: (\\S+)");
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  // Digital signatures alone, for the default of a role adds key encipherment; any_name would let
  // foreign names of other kinds pass.
  private static final String ROLE_SETTINGS =
      """
      {"allow_any_name": false, "enforce_hostnames": false, "require_cn": false,
       "use_csr_common_name": false, "allowed_uri_sans": ["spiffe://*", "kuma://*"],
       "key_type": "any", "key_usage": ["DigitalSignature"], "no_store": true, "max_ttl": "24h"}
      """;

  private final Path log;
  private final URI address;
  private final String rootToken;
  private final ChildProcess process;

  private OpenBao(Path log, URI address, String rootToken, ChildProcess process) {
    this.log = log;
    this.address = address;
    this.rootToken = rootToken;
    this.process = process;
  }

  private static final class Shared {
    static final OpenBao OPEN_BAO = start(Folders.temporary("meshseal-openbao"));

    static {
      Runtime.getRuntime().addShutdownHook(new Thread(OPEN_BAO::close));
    }
  }

  /** The one of this JVM, started when it is first asked for. Do not seal it. */
  public static OpenBao shared() {
    return Shared.OPEN_BAO;
  }

  /** Starts one of the test's own; blocks until it answers, under a second. */
  public static OpenBao start(Path folder) {
    var token = randomToken();
    var listen = "127.0.0.1:" + LoopbackPort.free();
    var log = folder.resolve("openbao.log");
    var command =
        List.of(
            Testbed.path("openbao").toString(),
            "server",
            "-dev",
            "-dev-no-store-token",
            "-dev-root-token-id=" + token,
            "-dev-listen-address=" + listen);
    var process =
        ChildProcess.startWatched(command, Map.of("HOME", folder.toString(), "NO_COLOR", "1"), log);
    return new OpenBao(log, URI.create("http://" + listen), token, process).awaitReady();
  }

  private OpenBao awaitReady() {
    Awaitility.await("OpenBao; its log: " + log)
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(50))
        .ignoreExceptionsInstanceOf(UncheckedIOException.class)
        .until(() -> call("GET", "sys/health", "").status() == 200);
    return this;
  }

  private static String randomToken() {
    var bytes = new byte[16];
    new SecureRandom().nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }

  public URI address() {
    return address;
  }

  public String rootToken() {
    return rootToken;
  }

  /** A call as root to a path below {@code /v1/}; an empty body is none. */
  public Answer call(String method, String path, String json) {
    return callAs(rootToken, method, path, json);
  }

  public Answer callAs(String token, String method, String path, String json) {
    var body = json.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(json);
    var request =
        HttpRequest.newBuilder(address.resolve("/v1/" + path))
            .method(method, body)
            .header("X-Vault-Token", token)
            .timeout(PATIENCE)
            .build();
    try {
      var answer = HTTP.send(request, BodyHandlers.ofString(UTF_8));
      return new Answer(method + " " + path, answer.statusCode(), answer.body());
    } catch (IOException e) {
      throw new UncheckedIOException(method + " " + path + " was not answered", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted in " + path, e);
    }
  }

  /**
   * Mounts a PKI with a root of its own and the role {@link #ROLE}, which signs SPIFFE and Kuma
   * names of keys of any kind for a day at most.
   *
   * @return the root, PEM
   */
  public String enablePki(String mount) {
    call(
            "POST",
            "sys/mounts/" + mount,
            "{\"type\": \"pki\", \"config\": {\"max_lease_ttl\": \"87600h\"}}")
        .require();
    var root =
        call(
                "POST",
                mount + "/root/generate/internal",
                "{\"common_name\": \"%s root\", \"ttl\": \"87600h\", \"key_type\": \"ec\", \"key_bits\": 256}"
                    .formatted(mount))
            .require();
    call("POST", mount + "/roles/" + ROLE, ROLE_SETTINGS).require();
    return root.json().path("data").path("certificate").asString() + "\n";
  }

  /** Applies a cert-manager {@code Issuer} that has this mount sign, with the root token. */
  public void makeIssuer(TestCluster cluster, String namespace, String name, String mount) {
    cluster.apply(
        """
        apiVersion: v1
        kind: Secret
        metadata: {name: %1$s-token, namespace: %2$s}
        stringData: {token: %3$s}
        ---
        apiVersion: cert-manager.io/v1
        kind: Issuer
        metadata: {name: %1$s, namespace: %2$s}
        spec:
          vault:
            server: %4$s
            path: %5$s/sign/%6$s
            auth: {tokenSecretRef: {name: %1$s-token, key: token}}
        """
            .formatted(name, namespace, rootToken, address, mount, ROLE));
    Conditions.await(
        cluster.api(),
        "/apis/cert-manager.io/v1/namespaces/%s/issuers/%s".formatted(namespace, name),
        "Ready",
        "True");
  }

  public void seal() {
    call("PUT", "sys/seal", "").require();
  }

  public void unseal() {
    try {
      var said = UNSEAL_KEY.matcher(Files.readString(log));
      if (!said.find()) {
        throw new AssertionError("OpenBao did not log its unseal key in " + log);
      }
      call("PUT", "sys/unseal", "{\"key\": \"%s\"}".formatted(said.group(1))).require();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    process.stop();
  }
}
