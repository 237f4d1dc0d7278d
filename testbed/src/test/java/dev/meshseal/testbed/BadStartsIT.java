package dev.meshseal.testbed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an operator is told when the server cannot start, or a Mesh cannot be taken into force. */
class BadStartsIT {
  private static final String GOOD =
      """
      type: Mesh
      name: default
      mtls:
        enabledBackend: ca-1
        backends: [{name: ca-1, type: builtin}]
      """;

  @TempDir private Path folder;

  /** How a process ended, and all that it said. */
  private record Ended(int exitCode, String said) {}

  @Test
  void aPortInUseIsNamed() throws Exception {
    try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      var ended = run("--listen", "127.0.0.1:" + taken.getLocalPort());

      assertThat(ended.exitCode()).isEqualTo(1);
      assertThat(ended.said())
          .contains("cannot listen on 127.0.0.1:" + taken.getLocalPort())
          .doesNotContain("\tat ");
    }
  }

  @Test
  void aSecondServerOnTheSameDataIsRefused() throws Exception {
    try (var first = ServerProcess.start(folder.resolve("first"), GOOD)) {
      var ended = run("--data", first.data().toString());

      assertThat(ended.exitCode()).isEqualTo(1);
      assertThat(ended.said()).contains(first.data().toString()).doesNotContain("\tat ");
      assertThat(first.get("/readyz").statusCode()).isEqualTo(200);
    }
  }

  @Test
  void aForeignDataDirectoryIsLeftAsItIs() throws Exception {
    var foreign = Files.createDirectory(folder.resolve("foreign"));
    Files.writeString(foreign.resolve("letter.txt"), "dear reader");

    var ended = run("--data", foreign.toString());

    assertThat(ended.exitCode()).isEqualTo(1);
    assertThat(ended.said()).contains(foreign.toString(), "letter.txt").doesNotContain("\tat ");
    assertThat(foreign).isDirectoryNotContaining(file -> !file.endsWith("letter.txt"));
  }

  @Test
  void everyWrongSettingIsSaidAtOnce() throws Exception {
    var ended = run("--listen", "nowhere", "--renew-at", "7", "--tls-cert", "cert.pem");

    assertThat(ended.exitCode()).isEqualTo(2);
    assertThat(ended.said())
        .contains("'nowhere'", "7.0", "--tls-cert and --tls-key")
        .doesNotContain("\tat ");
  }

  @Test
  void plaintextIsForLoopbackOnly() throws Exception {
    var ended = run("--listen", "0.0.0.0:0", "--plaintext");

    assertThat(ended.exitCode()).isEqualTo(2);
    assertThat(ended.said()).contains("plaintext is for loopback only");
  }

  @Test
  void anUnknownVariableIsRefused() throws Exception {
    var builder = new ProcessBuilder(ServerProcess.command()).redirectErrorStream(true);
    builder.environment().put("MESHSEAL_RESOURCE", "typo");

    var ended = end(builder.redirectOutput(folder.resolve("said.txt").toFile()).start());

    assertThat(ended.exitCode()).isEqualTo(2);
    assertThat(ended.said()).contains("MESHSEAL_RESOURCE");
  }

  @Test
  void anInvalidMeshLeavesTheOldOneInForceAndItsStatusSaysSo() throws Exception {
    try (var server = ServerProcess.start(folder, GOOD)) {
      var before = backends(server);

      server.replaceResources(GOOD.replace("enabledBackend: ca-1", "enabledBackend: ca-9"));

      await()
          .atMost(Duration.ofSeconds(20))
          .untilAsserted(
              () ->
                  assertThat(server.get("/api/v1/meshes").body())
                      .contains("mtls.enabledBackend", "ca-9", "ca-1"));
      assertThat(backends(server)).isEqualTo(before);
      assertThat(server.get("/readyz").statusCode()).isEqualTo(200);
    }
  }

  private static String backends(ServerProcess server) throws IOException {
    return server.get("/api/v1/backends").body().replaceAll("\"now\":\"[^\"]*\"", "");
  }

  private Ended run(String... options) throws Exception {
    var command = ServerProcess.command("--admin", "127.0.0.1:0");
    if (!List.of(options).contains("--data")) {
      command.addAll(List.of("--data", folder.resolve("data").toString()));
    }
    if (!List.of(options).contains("--listen")) {
      command.addAll(List.of("--listen", "127.0.0.1:0"));
    }
    command.addAll(List.of(options));
    return end(ServerProcess.launch(command, folder.resolve("said.txt")));
  }

  private Ended end(Process process) throws InterruptedException, IOException {
    if (!process.waitFor(60, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError("it runs, though it should have been refused");
    }
    return new Ended(process.exitValue(), Files.readString(folder.resolve("said.txt")));
  }
}
