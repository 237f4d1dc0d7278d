package dev.meshseal.testbed;

import dev.meshseal.cli.demo.EchoApp;
import dev.meshseal.cli.demo.EnvoyProcess;
import dev.meshseal.cli.demo.RequestLoop;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The pods of one mesh in a namespace of their own: objects in the API server, each with a Service
 * and a token, and their Envoys, with the bootstrap that {@code meshseal bootstrap} writes.
 *
 * @param sdsPort where on the loopback the Envoys find the server
 * @param ca what verifies the server
 */
record MeshPods(
    MeshCluster cluster, String mesh, String namespace, int sdsPort, Path ca, Path folder) {
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  static MeshPods of(MeshCluster cluster, String mesh, int sdsPort, Path ca, Path folder) {
    return new MeshPods(
        cluster, mesh, cluster.kubernetes().namespace("shop"), sdsPort, ca, folder.resolve(mesh));
  }

  /** Two pods that talk, and what was seen of them. */
  record Pair(EnvoyProcess backend, EnvoyProcess web, RequestLoop loop, Set<String> serials)
      implements AutoCloseable {
    /** How many leaves the calling pod has had so far, of those that were seen. */
    int leaves() {
      web.admin().certs().forEach(leaf -> serials.add(leaf.serial()));
      return serials.size();
    }

    List<EnvoyProcess> envoys() {
      return List.of(backend, web);
    }

    @Override
    public void close() {
      loop.close();
      web.close();
      backend.close();
    }
  }

  /** A pair of which one pod sends a request on a new connection, again and again. */
  Pair pair(EchoApp app) {
    var backend = backend(app).awaitLive(PATIENCE);
    var web = web(listener(backend)).awaitLive(PATIENCE);
    var loop = RequestLoop.start(listener(web), Duration.ofMillis(100));
    return new Pair(backend, web, loop, new HashSet<>());
  }

  EnvoyProcess backend(EchoApp app) {
    return start("backend", "--inbound", "127.0.0.1:0:" + app.port());
  }

  EnvoyProcess web(InetSocketAddress backend) {
    return start(
        "web", "--outbound", "0=%s@127.0.0.1:%d".formatted(service("backend"), backend.getPort()));
  }

  /** The service of a pod, in Kuma's form. */
  String service(String pod) {
    return "%s_%s_svc_80".formatted(pod, namespace);
  }

  /** The proxy of a pod, as the command line has it. */
  String proxy(String pod) {
    return "%s/%s.%s".formatted(mesh, pod, namespace);
  }

  static InetSocketAddress listener(EnvoyProcess envoy) {
    return envoy.admin().listeners().values().iterator().next();
  }

  private EnvoyProcess start(String pod, String... traffic) {
    apply(pod);
    var own = folder.resolve(pod);
    var token = own.resolve("token");
    var bootstrap = own.resolve("envoy.yaml");
    try {
      Files.createDirectories(own);
      Files.writeString(
          token, cluster.kubernetes().serviceAccountToken(namespace, "default", pod, "meshseal"));
      var options = new ArrayList<>(List.of("bootstrap", "--mesh=" + mesh));
      options.add("--name=%s.%s".formatted(pod, namespace));
      options.add("--server=127.0.0.1:" + sdsPort);
      options.add("--ca=" + ca);
      options.addAll(List.of("--token-file=" + token, "--reload-token"));
      options.addAll(List.of("--envoy-admin=127.0.0.1:0", "--output=" + bootstrap));
      options.addAll(List.of(traffic));
      meshseal(options).requireZero();
      return EnvoyVersion.ENVOY_1_40.start(Files.readString(bootstrap), own.resolve("running"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void apply(String pod) {
    cluster
        .kubernetes()
        .apply(
            """
            apiVersion: v1
            kind: Pod
            metadata: {name: %1$s, namespace: %2$s, labels: {app: %1$s, kuma.io/mesh: %3$s}}
            spec:
              serviceAccountName: default
              containers: [{name: app, image: app, ports: [{name: http, containerPort: 8080}]}]
            ---
            apiVersion: v1
            kind: Service
            metadata: {name: %1$s, namespace: %2$s}
            spec: {selector: {app: %1$s}, ports: [{port: 80, targetPort: http}]}
            """
                .formatted(pod, namespace, mesh));
  }

  /** The command line, in a process of its own. */
  static Command meshseal(List<String> options) {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
    command.addAll(List.of("--enable-native-access=ALL-UNNAMED"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add("dev.meshseal.cli.Main");
    command.addAll(options);
    try {
      return Command.run(command);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted in " + command, e);
    }
  }
}
