package dev.meshseal.testbed;

import dev.meshseal.identity.DataplaneId;
import dev.meshseal.identity.Tags;
import dev.meshseal.server.auth.DataplaneTokenIssuer;
import dev.meshseal.server.auth.DataplaneTokenRequest;
import dev.meshseal.server.files.DataDirectory;
import dev.meshseal.server.files.FileSigningKeys;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * The server as a process of its own, as operators run it; it can be killed and started again on
 * the same ports and data. Its folder holds {@code resources}, {@code data} and {@code server.log}.
 */
final class ServerProcess implements AutoCloseable {
  private static final HttpClient HTTP =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();

  private final Path folder;
  private final List<String> jvmOptions;
  private final List<String> source;
  private final List<String> more;
  private final int sdsPort;
  private final int adminPort;
  private Process process;

  private ServerProcess(
      Path folder,
      List<String> source,
      int sdsPort,
      int adminPort,
      List<String> jvmOptions,
      List<String> more) {
    this.folder = folder;
    this.source = source;
    this.jvmOptions = jvmOptions;
    this.sdsPort = sdsPort;
    this.adminPort = adminPort;
    this.more = more;
    this.process = launch();
  }

  /** Starts a server on the documents in {@code resources}, and waits until it is ready. */
  static ServerProcess start(Path folder, String resources, String... more) {
    return start(folder, resources, List.of(), more);
  }

  static ServerProcess start(
      Path folder, String resources, List<String> jvmOptions, String... more) {
    try {
      Files.createDirectories(folder.resolve("resources"));
      Files.writeString(folder.resolve("resources/all.yaml"), resources);
      var source = List.of("--resources", folder.resolve("resources").toString());
      return new ServerProcess(folder, source, freePort(), freePort(), jvmOptions, List.of(more))
          .awaitReady();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Starts a server on a cluster, and does not wait: without its rights it never is ready. */
  static ServerProcess onCluster(
      Path folder, Path kubeconfig, String systemNamespace, String... more) {
    try {
      Files.createDirectories(folder);
      var source =
          List.of(
              "--kubernetes",
              "--kubeconfig",
              kubeconfig.toString(),
              "--system-namespace",
              systemNamespace);
      // It lives for seconds, which is too short for the better compiler to be worth its time.
      var jvmOptions = List.of("-XX:TieredStopAtLevel=1");
      return new ServerProcess(folder, source, freePort(), freePort(), jvmOptions, List.of(more));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Process launch() {
    var command = command();
    command.addAll(source);
    command.addAll(List.of("--data", data().toString()));
    command.addAll(List.of("--listen", "127.0.0.1:" + sdsPort));
    command.addAll(List.of("--admin", "127.0.0.1:" + adminPort));
    command.addAll(more);
    command.addAll(1, jvmOptions);
    return launch(command, log());
  }

  /** The command {@code meshseal run}, for those who expect it to fail. */
  static List<String> command(String... options) {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:+UseCompactObjectHeaders", "--enable-native-access=ALL-UNNAMED"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of("dev.meshseal.cli.Main", "run"));
    command.addAll(List.of(options));
    return command;
  }

  static Process launch(List<String> command, Path log) {
    try {
      var builder = new ProcessBuilder(command).redirectErrorStream(true);
      builder.environment().keySet().removeIf(name -> name.startsWith("MESHSEAL_"));
      return builder.redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile())).start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  ServerProcess awaitReady() {
    var until = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!isReady()) {
      if (!process.isAlive() || System.nanoTime() > until) {
        throw new AssertionError("the server did not become ready; its log:\n" + logText());
      }
      pause();
    }
    return this;
  }

  private boolean isReady() {
    try {
      return get("/readyz").statusCode() == 200;
    } catch (IOException notYet) {
      return false;
    }
  }

  HttpResponse<String> get(String path) throws IOException {
    return send(HttpRequest.newBuilder(uri(path)).timeout(Duration.ofSeconds(10)).build());
  }

  /** A change, with the admin token. */
  HttpResponse<String> post(String path) throws IOException {
    var token = Files.readString(data().resolve("admin-token")).strip();
    return send(
        HttpRequest.newBuilder(uri(path))
            .POST(HttpRequest.BodyPublishers.noBody())
            .header("authorization", "Bearer " + token)
            .timeout(Duration.ofSeconds(10))
            .build());
  }

  private URI uri(String path) {
    return URI.create("http://127.0.0.1:" + adminPort + path);
  }

  private static HttpResponse<String> send(HttpRequest request) throws IOException {
    try {
      return HTTP.send(request, HttpResponse.BodyHandlers.ofString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  /** As the kernel's out-of-memory killer would. */
  void killHard() {
    process.destroyForcibly();
    awaitEnd();
  }

  void startAgain() {
    process = launch();
    awaitReady();
  }

  void replaceResources(String resources) {
    try {
      var next = Files.writeString(folder.resolve("next.yaml"), resources);
      Files.move(
          next, folder.resolve("resources/all.yaml"), java.nio.file.StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A token for one proxy, as {@code meshseal token generate} makes it. */
  String token(DataplaneId dataplane, String service) {
    return token(dataplane, service, Duration.ofHours(1));
  }

  String token(DataplaneId dataplane, String service, Duration validFor) {
    try (var shared = DataDirectory.openShared(data())) {
      var keys = new FileSigningKeys(shared, InstantSource.system());
      return new DataplaneTokenIssuer(keys.current(), InstantSource.system())
          .issue(
              new DataplaneTokenRequest(
                  dataplane.mesh(),
                  Optional.of(dataplane.name()),
                  Tags.service(service),
                  Optional.empty(),
                  validFor));
    }
  }

  Path data() {
    return folder.resolve("data");
  }

  Path log() {
    return folder.resolve("server.log");
  }

  String logText() {
    try {
      return Files.exists(log()) ? Files.readString(log()) : "";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  int sdsPort() {
    return sdsPort;
  }

  int adminPort() {
    return adminPort;
  }

  InetSocketAddress sdsAddress() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), sdsPort);
  }

  /** PEM of what sidecars trust. */
  String ca() {
    try {
      return Files.readString(data().resolve("server/ca.crt"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    process.destroy();
    awaitEnd();
  }

  private void awaitEnd() {
    try {
      if (!process.waitFor(20, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      process.destroyForcibly();
    }
  }

  /** A restart needs the same port, so the system cannot choose it each time. */
  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static void pause() {
    try {
      TimeUnit.MILLISECONDS.sleep(20);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
