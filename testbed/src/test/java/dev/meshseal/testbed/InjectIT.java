package dev.meshseal.testbed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.meshseal.cli.demo.EnvoyProcess;
import dev.meshseal.mesh.Backend;
import dev.meshseal.server.bootstrap.Delivery;
import dev.meshseal.server.bootstrap.EnvoyBootstrap;
import dev.meshseal.server.bootstrap.HostPort;
import dev.meshseal.server.bootstrap.Inbound;
import dev.meshseal.server.bootstrap.Outbound;
import dev.meshseal.server.inject.CaReference;
import dev.meshseal.server.inject.Containers;
import dev.meshseal.server.inject.Containers.Placement;
import dev.meshseal.server.inject.Injection;
import dev.meshseal.server.inject.Manifests;
import dev.meshseal.server.inject.PodToken;
import dev.meshseal.server.inject.PullPolicy;
import dev.meshseal.server.inject.Resources;
import dev.meshseal.server.inject.RunAs;
import dev.meshseal.server.inject.Traffic;
import dev.meshseal.testbed.kubernetes.TestCluster;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** What {@code meshseal inject} writes: the API server takes it, and the sidecar in it works. */
class InjectIT {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final String CONTAINERS =
      """
      containers:
      - name: web
        image: web
        ports: [{containerPort: 8080}]
      """;

  record Kind(String name, Placement placement, String yaml) {
    @Override
    public String toString() {
      return name + " " + placement;
    }
  }

  static final List<Kind> KINDS =
      Arrays.stream(Placement.values())
          .flatMap(
              placement ->
                  Stream.concat(
                      Stream.of(
                          of("v1", "Pod", placement, CONTAINERS),
                          of(
                              "v1",
                              "ReplicationController",
                              placement,
                              "selector: {app: web}\n" + template("")),
                          of("apps/v1", "Deployment", placement, selecting()),
                          of("apps/v1", "DaemonSet", placement, selecting()),
                          of("apps/v1", "ReplicaSet", placement, selecting()),
                          of(
                              "apps/v1",
                              "StatefulSet",
                              placement,
                              "serviceName: web\n" + selecting())),
                      jobs(placement)))
          .toList();

  private static Stream<Kind> jobs(Placement placement) {
    return switch (placement) {
      case CONTAINER -> Stream.of();
      case SIDECAR ->
          Stream.of(
              of("batch/v1", "Job", placement, template("restartPolicy: Never\n")),
              of(
                  "batch/v1",
                  "CronJob",
                  placement,
                  "schedule: '0 0 * * *'\njobTemplate:\n  spec:\n"
                      + template("restartPolicy: Never\n").indent(4)));
    };
  }

  private static String selecting() {
    return "selector: {matchLabels: {app: web}}\n" + template("");
  }

  private static String template(String more) {
    return "template:\n  metadata: {labels: {app: web}}\n  spec:\n" + (more + CONTAINERS).indent(4);
  }

  private static Kind of(String version, String kind, Placement placement, String spec) {
    return new Kind(
        kind,
        placement,
        "apiVersion: %s\nkind: %s\nmetadata:\n  name: web\nspec:\n%s"
            .formatted(version, kind, spec.indent(2)));
  }

  private final TestCluster cluster = TestCluster.shared();
  @TempDir private Path folder;

  @ParameterizedTest
  @FieldSource("KINDS")
  void theApiServerTakesEveryKindWithItsSidecar(Kind kind) throws Exception {
    var injected =
        new Manifests(injection("meshseal.meshseal.svc:5690", 8443, 9000, 9902, kind.placement()))
            .inject("web.yaml", kind.yaml());
    var file = Files.writeString(folder.resolve("web.yaml"), injected);

    var said =
        cluster
            .kubectl("apply", "--dry-run=server", "--validate=strict", "-f", file.toString())
            .requireZero();

    assertThat(said).contains("created (server dry run)").doesNotContain("Warning");
  }

  @Test
  void theApiServerTakesTheManifestsOfTheDocs() throws Exception {
    var manifests =
        Pattern.compile("```yaml\n(apiVersion: .*?)```", Pattern.DOTALL)
            .matcher(Files.readString(docs()))
            .results()
            .map(found -> found.group(1))
            .toList();
    var file = Files.writeString(folder.resolve("docs.yaml"), Manifests.join(manifests));

    var said =
        cluster
            .kubectl("apply", "--dry-run=server", "--validate=strict", "-f", file.toString())
            .requireZero();

    assertThat(said).contains("pod/web created", "networkpolicy.networking.k8s.io/web created");
  }

  private static Path docs() {
    return Stream.of(Path.of("docs/pods.md"), Path.of("../docs/pods.md"))
        .filter(Files::exists)
        .findFirst()
        .orElseThrow();
  }

  @Test
  void thePodThatIsMadeKeepsEverythingThatWasAdded() {
    var namespace = cluster.namespace("inject");
    apply(namespace, injection("meshseal.meshseal.svc:5690", 8443, 9000, 9902, Placement.SIDECAR));

    var spec = pod(namespace).path("spec");

    assertThat(spec.path("initContainers").path(1).path("restartPolicy").asString())
        .isEqualTo("Always");
    assertThat(
            spec.path("volumes")
                .valueStream()
                .flatMap(volume -> volume.path("projected").path("sources").valueStream())
                .map(source -> source.path("serviceAccountToken").path("audience").asString("")))
        .contains("meshseal");
  }

  @Test
  void theStepWritesABootstrapWithWhichEnvoyIsThePod() throws Exception {
    var namespace = cluster.namespace("inject");
    try (var server = PodServer.start(cluster, folder.resolve("server"))) {
      var ready = freePort();
      apply(
          namespace,
          injection(
              "127.0.0.1:" + server.port(), freePort(), freePort(), ready, Placement.SIDECAR));
      mount(server);
      Files.writeString(
          folder.resolve("token/token"),
          cluster.serviceAccountToken(namespace, "default", "web", "vault"));

      var bootstrap = runTheStep(namespace);

      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(bootstrap)))
          .isEqualTo("rw-------");
      try (var envoy = envoy(bootstrap)) {
        // Refused for its token: it is not ready, and says so by a closed port.
        await().atMost(SOON).until(() -> !server.refused().isEmpty());
        assertThatThrownBy(() -> get(ready, "/ready")).isInstanceOf(ConnectException.class);

        Files.writeString(
            folder.resolve("token/token"),
            cluster.serviceAccountToken(namespace, "default", "web", "meshseal"));
        envoy.awaitLive(Duration.ofSeconds(60));

        await().atMost(SOON).until(() -> get(ready, "/ready") == 200);
        assertThat(get(ready, "/certs")).isEqualTo(404);
        assertThat(get(ready, "/ready/../quitquitquit")).isEqualTo(404);
        assertThat(envoy.admin().certs())
            .isNotEmpty()
            .allSatisfy(leaf -> assertThat(leaf.uris()).contains("spiffe://red/web"));
        assertThat(envoy.log()).doesNotContainIgnoringCase("deprecated");
      }
    }
  }

  private void apply(String namespace, Injection injection) {
    var pod =
        """
        apiVersion: v1
        kind: Pod
        metadata:
          namespace: %s
          name: web
          labels: {kuma.io/service: web, kuma.io/mesh: red}
        spec:
          serviceAccountName: default
          containers:
          - name: web
            image: web
        """
            .formatted(namespace);
    cluster.apply(new Manifests(injection).inject("web.yaml", pod));
  }

  private tools.jackson.databind.JsonNode pod(String namespace) {
    return cluster
        .api()
        .get("/api/v1/namespaces/%s/pods/web".formatted(namespace))
        .require()
        .json();
  }

  /** What the kubelet would put into the volumes. */
  private void mount(PodServer server) throws IOException {
    for (var volume : List.of("ca", "token", "envoy")) {
      Files.createDirectories(folder.resolve(volume));
    }
    Files.copy(server.caFile(), folder.resolve("ca/ca.crt"));
  }

  /** Runs the step as the kubelet would: with the pod's name in its arguments, on its volumes. */
  private Path runTheStep(String namespace) throws Exception {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "--enable-native-access=ALL-UNNAMED"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add("dev.meshseal.cli.Main");
    pod(namespace)
        .path("spec")
        .path("initContainers")
        .path(0)
        .path("args")
        .valueStream()
        .map(argument -> mounted(argument.asString(), namespace))
        .forEach(command::add);
    Command.run(command).requireZero();
    return folder.resolve("envoy/envoy.yaml");
  }

  private String mounted(String argument, String namespace) {
    return argument
        .replace("$(POD_NAME)", "web")
        .replace("$(POD_NAMESPACE)", namespace)
        .replace("/var/run/secrets/meshseal", folder.resolve("token").toString())
        .replace("/run/meshseal", folder.toString())
        // Envoy's admin is the pod's own; here many share one loopback.
        .replace("127.0.0.1:9901", "127.0.0.1:0");
  }

  private EnvoyProcess envoy(Path bootstrap) throws IOException {
    return EnvoyVersion.ENVOY_1_40.start(Files.readString(bootstrap), folder.resolve("running"));
  }

  private static int get(int port, String path) throws Exception {
    try (var http = HttpClient.newHttpClient()) {
      var request =
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:%d%s".formatted(port, path)))
              .timeout(Duration.ofSeconds(5))
              .build();
      return http.send(request, BodyHandlers.discarding()).statusCode();
    }
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static Injection injection(
      String server, int inbound, int outbound, int ready, Placement placement) {
    return new Injection(
        Optional.empty(),
        HostPort.parse(server),
        CaReference.parse("configmap/meshseal-ca"),
        new Traffic(
            Optional.of(Inbound.parse("127.0.0.1:%d:8080".formatted(inbound), Backend.Mode.STRICT)),
            List.of(Outbound.parse("%d=api_shop_svc_80@127.0.0.1:8443".formatted(outbound))),
            Optional.empty(),
            Delivery.SOTW,
            EnvoyBootstrap.ready("127.0.0.1:" + ready)),
        new PodToken("meshseal", 3600),
        new Containers(
            placement,
            "envoyproxy/envoy:v1.40.0",
            "meshseal/meshseal:0.1.0",
            Optional.of(PullPolicy.IF_NOT_PRESENT),
            RunAs.parse("65532"),
            new Resources("0.05", "64Mi", "512Mi")));
  }
}
