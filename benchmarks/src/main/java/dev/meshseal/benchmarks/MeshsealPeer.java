package dev.meshseal.benchmarks;

import dev.meshseal.benchmarks.fleet.ClientTls;
import dev.meshseal.benchmarks.fleet.FleetPlan;
import dev.meshseal.benchmarks.fleet.TokenKey;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntFunction;

/**
 * Meshseal as its launcher starts it, with TLS, a token for each stream and one builtin authority a
 * mesh.
 */
final class MeshsealPeer implements Peer {
  private static final Duration READY_WITHIN = Duration.ofSeconds(60);
  private static final Duration TOKEN_LIFETIME = Duration.ofHours(2);
  private static final String SERVICE = "kuma.io/service";

  private final Path folder;
  private final Child process;
  private final int port;
  private final int adminPort;
  private final TokenKey tokenKey;
  private final double secondsToReady;
  private final HttpClient http = HttpClient.newHttpClient();
  private int version;

  private MeshsealPeer(Path launcher, Path folder, List<String> meshes) {
    this.folder = folder;
    this.port = freePort();
    this.adminPort = freePort();
    this.tokenKey = TokenKey.create("bench");
    try {
      Files.createDirectories(folder.resolve("resources"));
      Files.writeString(folder.resolve("token.pem"), tokenKey.publicKeyPem());
    } catch (IOException failed) {
      throw new UncheckedIOException("%s cannot be written".formatted(folder), failed);
    }
    meshes.forEach(mesh -> write(mesh, ""));
    long start = System.nanoTime();
    this.process =
        Child.start(
            folder.resolve("meshseal.log"),
            List.of(
                launcher.toString(),
                "run",
                "--data=" + folder.resolve("data"),
                "--resources=" + folder.resolve("resources"),
                "--listen=127.0.0.1:" + port,
                "--admin=127.0.0.1:" + adminPort,
                "--token-public-key=bench=" + folder.resolve("token.pem"),
                "--log-level=WARN",
                "--drain=0"));
    awaitReady(start);
    this.secondsToReady = (System.nanoTime() - start) / 1e9;
  }

  static MeshsealPeer start(Path launcher, Path folder, String... meshes) {
    return new MeshsealPeer(launcher, folder, List.of(meshes));
  }

  private static int freePort() {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException failed) {
      throw new UncheckedIOException("loopback has no free port", failed);
    }
  }

  private void awaitReady(long start) {
    var ready = HttpRequest.newBuilder(admin("/readyz")).timeout(Duration.ofSeconds(5)).build();
    while (!isReady(ready)) {
      if (!process.isAlive() || System.nanoTime() - start > READY_WITHIN.toNanos()) {
        process.close();
        throw new IllegalStateException(
            "meshseal is not ready within %d s, see %s"
                .formatted(READY_WITHIN.toSeconds(), folder.resolve("meshseal.log")));
      }
      pause(Duration.ofMillis(10));
    }
  }

  private boolean isReady(HttpRequest request) {
    try {
      return http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
    } catch (IOException notYet) {
      return false;
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while meshseal started", interrupted);
    }
  }

  static void pause(Duration time) {
    try {
      Thread.sleep(time);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting", interrupted);
    }
  }

  private URI admin(String path) {
    return URI.create("http://127.0.0.1:%d%s".formatted(adminPort, path));
  }

  double secondsToReady() {
    return secondsToReady;
  }

  @Override
  public Child process() {
    return process;
  }

  @Override
  public FleetPlan.Target target() {
    return new FleetPlan.Target(
        "127.0.0.1",
        port,
        "127.0.0.1",
        Optional.of(ClientTls.trusting(folder.resolve("data/server/ca.crt"), Optional.empty())));
  }

  @Override
  public IntFunction<Optional<String>> tokens() {
    return tokens("default");
  }

  IntFunction<Optional<String>> tokens(String mesh) {
    return index ->
        Optional.of(tokenKey.token(mesh, "dp-" + index, Map.of(SERVICE, "fleet"), TOKEN_LIFETIME));
  }

  @Override
  public FleetPlan.Behaviour behaviour() {
    return FleetPlan.Behaviour.OBEDIENT;
  }

  /** Another root in the bundle, or one less: no leaf is issued for that. */
  @Override
  public void push() {
    change("default");
  }

  void change(String mesh) {
    version++;
    write(mesh, version % 2 == 1 ? "    - {name: ca-2, type: builtin}\n" : "");
  }

  /** In one step, as an editor or a deployment tool does. */
  private void write(String mesh, String more) {
    try {
      var file = folder.resolve("resources").resolve(mesh + ".yaml");
      var fresh = folder.resolve(mesh + ".tmp");
      Files.writeString(
          fresh,
          """
          type: Mesh
          name: %s
          mtls:
            enabledBackend: ca-1
            backends:
              - {name: ca-1, type: builtin}
          %s"""
              .formatted(mesh, more));
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException failed) {
      throw new UncheckedIOException("mesh '%s' cannot be written".formatted(mesh), failed);
    }
  }

  /** Every leaf anew. */
  void renewAll() {
    try {
      var token = Files.readString(folder.resolve("data/admin-token")).strip();
      var request =
          HttpRequest.newBuilder(admin("/api/v1/meshes/default/renew"))
              .header("Authorization", "Bearer " + token)
              .POST(HttpRequest.BodyPublishers.noBody())
              .build();
      var answer = http.send(request, HttpResponse.BodyHandlers.ofString());
      if (answer.statusCode() / 100 != 2) {
        throw new IllegalStateException("renewing answered " + answer.body());
      }
    } catch (IOException failed) {
      throw new UncheckedIOException("the admin endpoint does not answer", failed);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while renewing", interrupted);
    }
  }

  @Override
  public void close() {
    process.close();
  }
}
