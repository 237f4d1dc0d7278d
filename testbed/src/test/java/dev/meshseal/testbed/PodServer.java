package dev.meshseal.testbed;

import dev.meshseal.server.auth.NotAuthenticatedException;
import dev.meshseal.testbed.kubernetes.MeshCrd;
import dev.meshseal.testbed.kubernetes.TestCluster;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The server on a real API server, for the meshes {@code default} and {@code red}; what it knows is
 * asked of its admin endpoint.
 */
final class PodServer implements AutoCloseable {
  /** Why a stream was refused. */
  record Refused(String reason, String message) {}

  private final ServerProcess process;

  private PodServer(ServerProcess process) {
    this.process = process;
  }

  static PodServer start(TestCluster cluster, Path folder) {
    MeshCrd.install(cluster, MeshCrd.PERMISSIVE);
    cluster.apply(MeshCrd.builtin("default", "ca-1"));
    cluster.apply(MeshCrd.builtin("red", "ca-1"));
    var namespace = cluster.namespace("system");
    return new PodServer(
        ServerProcess.onCluster(folder.resolve("server"), cluster.kubeconfig(), namespace)
            .awaitReady());
  }

  List<Refused> refused() {
    return items("refused")
        .map(one -> new Refused(one.path("reason").asString(""), one.path("message").asString("")))
        .toList();
  }

  boolean hasRefused(NotAuthenticatedException.Reason reason) {
    return refused().stream().anyMatch(one -> one.reason().equalsIgnoreCase(reason.name()));
  }

  /** When the oldest stream of a pod was opened; empty while it has none. */
  Optional<Instant> connectedSince(String mesh, String pod, String namespace) {
    var name = pod + "." + namespace;
    return items("dataplanes?mesh=" + mesh)
        .map(report -> report.path("dataplane"))
        .filter(dataplane -> dataplane.path("name").asString("").equals(name))
        .flatMap(dataplane -> dataplane.path("streams").valueStream())
        .map(stream -> Instant.parse(stream.path("since").asString()))
        .min(Instant::compareTo);
  }

  /** Whether it has said that it cannot follow the API server. */
  boolean cannotFollow() {
    return process.logText().contains("the API server cannot be followed");
  }

  private Stream<JsonNode> items(String listing) {
    try {
      var answer = process.get("/api/v1/" + listing).body();
      return JsonMapper.shared().readTree(answer).path("items").valueStream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  int port() {
    return process.sdsPort();
  }

  /** PEM of what verifies this server. */
  String ca() {
    return process.ca();
  }

  Path caFile() {
    return process.data().resolve("server/ca.crt");
  }

  @Override
  public void close() {
    process.close();
  }
}
