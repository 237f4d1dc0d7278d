package dev.meshseal.benchmarks;

import dev.meshseal.benchmarks.fleet.ClientTls;
import dev.meshseal.benchmarks.fleet.FleetPlan;
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
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * {@code meshseal run} on ports and with a folder of its own. Starting blocks until it is ready.
 */
final class MeshsealProcess implements AutoCloseable {
  private static final Duration READY_WITHIN = Duration.ofSeconds(60);

  private final Path folder;
  private final List<String> command;
  private final int port = freePort();
  private final int adminPort = freePort();
  private final HttpClient http = HttpClient.newHttpClient();
  private Child process;
  private double secondsToReady;

  private MeshsealProcess(Path launcher, Path folder, List<String> options) {
    this.folder = folder;
    this.command =
        new ArrayList<>(
            List.of(
                launcher.toString(),
                "run",
                "--data=" + folder.resolve("data"),
                "--listen=127.0.0.1:" + port,
                "--admin=127.0.0.1:" + adminPort,
                "--log-level=WARN",
                "--drain=0"));
    this.command.addAll(options);
    this.process = launch();
  }

  /**
   * @param options where it has its meshes from, and who may come in
   */
  static MeshsealProcess start(Path launcher, Path folder, List<String> options) {
    return new MeshsealProcess(launcher, folder, options);
  }

  /** As after a crash: {@code kill -9}, and the same command again. */
  void crashAndStartAgain() {
    process.kill();
    process = launch();
  }

  private Child launch() {
    long start = System.nanoTime();
    var child = Child.start(folder.resolve("meshseal.log"), command);
    awaitReady(child, start);
    secondsToReady = (System.nanoTime() - start) / 1e9;
    return child;
  }

  private static int freePort() {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException failed) {
      throw new UncheckedIOException("loopback has no free port", failed);
    }
  }

  private void awaitReady(Child child, long start) {
    var ready = HttpRequest.newBuilder(admin("/readyz")).timeout(Duration.ofSeconds(5)).build();
    while (!isReady(ready)) {
      if (!child.isAlive() || System.nanoTime() - start > READY_WITHIN.toNanos()) {
        child.close();
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

  /** From the last start to the first 200 of {@code /readyz}. */
  double secondsToReady() {
    return secondsToReady;
  }

  Child child() {
    return process;
  }

  FleetPlan.Target target() {
    return new FleetPlan.Target(
        "127.0.0.1",
        port,
        "127.0.0.1",
        Optional.of(ClientTls.trusting(folder.resolve("data/server/ca.crt"), Optional.empty())));
  }

  /** Every leaf of mesh {@code default} anew. */
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
