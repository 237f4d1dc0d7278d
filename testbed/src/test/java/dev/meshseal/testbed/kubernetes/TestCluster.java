package dev.meshseal.testbed.kubernetes;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.meshseal.testbed.Command;
import dev.meshseal.testbed.Testbed;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.awaitility.Awaitility;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A real Kubernetes API server with etcd and the controllers for garbage, namespaces and service
 * accounts, on the loopback, in a folder that keeps its state. There are no nodes: pods are
 * objects.
 *
 * <p>Most tests share one and take a namespace each; one that stops the API server or needs other
 * flags starts its own. It ends with this JVM in every case.
 */
public final class TestCluster implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final AtomicInteger NAMESPACES = new AtomicInteger();

  private final Path folder;
  private final List<String> flags;
  private ChildProcess process;
  private JsonNode home;
  private KubernetesApi api;

  private TestCluster(Path folder, List<String> flags) {
    this.folder = folder;
    this.flags = flags;
    this.process = launch(0);
    this.home = JsonMapper.shared().readTree(process.firstLine());
    this.api = KubernetesApi.of(server(), ca(), token("admin"));
  }

  // Started by the first test that asks for it; the holder idiom of the JLS, 12.4.1.
  private static final class Shared {
    static final TestCluster CLUSTER = start(Folders.temporary("meshseal-cluster"));

    static {
      Runtime.getRuntime().addShutdownHook(new Thread(CLUSTER::close));
    }
  }

  /** The one of this JVM, started when it is first asked for. */
  public static TestCluster shared() {
    return Shared.CLUSTER;
  }

  /**
   * Starts one of the test's own; blocks until it serves, about 5 s.
   *
   * @param flags of {@code kube}, as {@code --priority-and-fairness=false}; what follows {@code --}
   *     goes to {@code kube-apiserver}
   */
  public static TestCluster start(Path folder, String... flags) {
    return new TestCluster(folder, List.of(flags));
  }

  private ChildProcess launch(int port) {
    var command = new ArrayList<String>();
    command.add(Testbed.path("kube").toString());
    command.addAll(List.of("--dir", folder.resolve("state").toString()));
    command.addAll(List.of("--port", Integer.toString(port)));
    command.addAll(List.of("--audit-log", auditLog().toString()));
    command.addAll(flags);
    return ChildProcess.start(command, Map.of(), folder.resolve("kube.log"));
  }

  /** Ends the API server and etcd in order. Its objects stay on disk. */
  public void stop() {
    process.stop();
  }

  /** Ends it as a crash does. */
  public void kill() {
    process.kill();
  }

  /** Starts it again after {@link #stop} or {@link #kill}: same port, objects, keys and tokens. */
  public void startAgain() {
    process = launch(server().getPort());
    home = JsonMapper.shared().readTree(process.firstLine());
    api = KubernetesApi.of(server(), ca(), token("admin"));
  }

  public void restart() {
    stop();
    startAgain();
  }

  public URI server() {
    return URI.create(home.path("server").asString());
  }

  /** Of a user who may do everything. */
  public Path kubeconfig() {
    return Path.of(home.path("kubeconfig").asString());
  }

  /**
   * Of another user that is known from the start, so that the audit log tells their calls apart:
   * {@code cert-manager}, {@code test-issuer}, {@code aws-privateca-issuer}.
   */
  public Path kubeconfig(String user) {
    return Path.of(home.path("kubeconfigs").asString(), user);
  }

  /** Of whom a token belongs to; written into the folder. */
  public Path kubeconfigWith(String token, String namespace, Path file) {
    var text =
        """
        {"apiVersion": "v1", "kind": "Config", "current-context": "testbed",
         "clusters": [{"name": "testbed", "cluster":
            {"server": "%s", "certificate-authority": "%s"}}],
         "users": [{"name": "testbed", "user": {"token": "%s"}}],
         "contexts": [{"name": "testbed", "context":
            {"cluster": "testbed", "user": "testbed", "namespace": "%s"}}]}
        """
            .formatted(server(), ca(), token, namespace);
    return Folders.write(file, text);
  }

  /** PEM of what verifies the API server. */
  public Path ca() {
    return Path.of(home.path("ca").asString());
  }

  /** The API as the administrator. */
  public KubernetesApi api() {
    return api;
  }

  public void apply(String yaml) {
    api.apply(yaml);
  }

  /** Runs kubectl as the administrator. */
  public Command kubectl(String... args) {
    var command = new ArrayList<String>();
    command.add(Testbed.path("kubectl").toString());
    command.addAll(List.of("--kubeconfig", kubeconfig().toString()));
    command.addAll(List.of(args));
    return run(command);
  }

  /** Runs Helm as the administrator, with settings and caches of this cluster alone. */
  public Command helm(String... args) {
    var command = new ArrayList<String>();
    command.add(Testbed.path("helm").toString());
    command.addAll(List.of("--kubeconfig", kubeconfig().toString()));
    command.addAll(List.of("--registry-config", folder.resolve("helm/registry").toString()));
    command.addAll(List.of("--repository-config", folder.resolve("helm/repositories").toString()));
    command.addAll(List.of("--repository-cache", folder.resolve("helm/cache").toString()));
    command.addAll(List.of(args));
    return run(command);
  }

  private static Command run(List<String> command) {
    try {
      return Command.run(command);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted in " + command, e);
    }
  }

  /** Makes a new namespace, with its default service account, and says its name. */
  public String namespace(String prefix) {
    var name = "%s-%d".formatted(prefix, NAMESPACES.incrementAndGet());
    api.post("/api/v1/namespaces", "{\"metadata\": {\"name\": \"%s\"}}".formatted(name)).require();
    var account = "/api/v1/namespaces/%s/serviceaccounts/default".formatted(name);
    Awaitility.await("the default service account of " + name)
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(20))
        .until(() -> api.get(account).isSuccess());
    return name;
  }

  /** A token as the kubelet gets it for a pod; the pod must run as that service account. */
  public String serviceAccountToken(
      String namespace, String serviceAccount, String pod, String audience) {
    var uid =
        api.get("/api/v1/namespaces/%s/pods/%s".formatted(namespace, pod))
            .require()
            .json()
            .path("metadata")
            .path("uid")
            .asString();
    var bound =
        ", \"boundObjectRef\": {\"apiVersion\": \"v1\", \"kind\": \"Pod\", \"name\": \"%s\","
                .formatted(pod)
            + " \"uid\": \"%s\"}".formatted(uid);
    return requestToken(namespace, serviceAccount, "[\"%s\"]".formatted(audience), bound);
  }

  /** A token of a service account for the API server itself. */
  public String serviceAccountToken(String namespace, String serviceAccount) {
    return requestToken(namespace, serviceAccount, "[]", "");
  }

  private String requestToken(
      String namespace, String serviceAccount, String audiences, String bound) {
    return api.post(
            "/api/v1/namespaces/%s/serviceaccounts/%s/token".formatted(namespace, serviceAccount),
            "{\"spec\": {\"audiences\": %s, \"expirationSeconds\": 3600%s}}"
                .formatted(audiences, bound))
        .require()
        .json()
        .path("status")
        .path("token")
        .asString();
  }

  /** A token with any claims, signed with the API server's own key: for one that has expired. */
  public String signToken(String claims) {
    return ServiceAccountKey.read(Path.of(home.path("signingKey").asString())).sign(claims);
  }

  /** Waits until a user may do what was just granted: that becomes so a moment later. */
  public void awaitRight(
      String user, String namespace, String verb, String group, String resource) {
    var parts = resource.split("/", 2);
    var question =
        """
        {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview",
         "spec": {"user": "%s", "resourceAttributes": {"namespace": "%s", "verb": "%s",
          "group": "%s", "resource": "%s", "subresource": "%s"}}}
        """
            .formatted(user, namespace, verb, group, parts[0], parts.length > 1 ? parts[1] : "");
    Awaitility.await("%s may %s %s".formatted(user, verb, resource))
        .atMost(Duration.ofSeconds(20))
        .pollDelay(Duration.ZERO)
        .until(
            () ->
                api()
                    .post("/apis/authorization.k8s.io/v1/subjectaccessreviews", question)
                    .require()
                    .json()
                    .at("/status/allowed")
                    .asBoolean());
  }

  /**
   * The calls that the API server has written down for a user, as {@code
   * system:serviceaccount:NAMESPACE:NAME}; a watch is one call, noted when it starts and when it
   * ends. A call is noted when it has been answered, so the last may be missing for a moment.
   */
  public List<AuditedCall> auditedCalls(String user, Predicate<AuditedCall> filter) {
    try (var lines = Files.lines(auditLog(), UTF_8)) {
      return lines
          .filter(line -> line.contains(user))
          .map(AuditedCall::read)
          .filter(call -> call.user().equals(user))
          .filter(filter)
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Path auditLog() {
    return folder.resolve("audit.log");
  }

  /** The bearer token of a user that is known from the start. */
  public String token(String user) {
    try (var lines = Files.lines(Path.of(home.path("tokens").asString()))) {
      return lines
          .map(line -> line.split(",", -1))
          .filter(fields -> fields[1].equals(user))
          .map(fields -> fields[0])
          .findFirst()
          .orElseThrow(() -> new AssertionError("there is no user " + user));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A call as the audit log has it. */
  public record AuditedCall(
      Instant received,
      String user,
      String stage,
      String verb,
      String group,
      String resource,
      String subresource,
      String namespace,
      String name,
      int code) {
    static AuditedCall read(String line) {
      var event = JsonMapper.shared().readTree(line);
      var object = event.path("objectRef");
      return new AuditedCall(
          Instant.parse(event.path("requestReceivedTimestamp").asString()),
          event.path("user").path("username").asString(),
          event.path("stage").asString(),
          event.path("verb").asString(),
          object.path("apiGroup").asString(""),
          object.path("resource").asString(""),
          object.path("subresource").asString(""),
          object.path("namespace").asString(""),
          object.path("name").asString(""),
          event.path("responseStatus").path("code").asInt(0));
    }
  }

  /** Ends it at once: an orderly end waits for those who still watch. */
  @Override
  public void close() {
    kill();
  }
}
