package dev.meshseal.testbed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code meshseal demo}, as a person runs it. */
class DemoIT {
  private static final Pattern PORT = Pattern.compile("127\\.0\\.0\\.1:(\\d+)");

  @TempDir private Path folder;
  private final List<ProcessHandle> started = new ArrayList<>();

  @AfterEach
  void endWhatIsLeft() {
    started.forEach(ProcessHandle::destroyForcibly);
  }

  @Test
  void renewsThreeTimesWithoutAFailedRequest() throws Exception {
    var demo = demo("--lifetime", "12s", "--rotations", "3");

    var ended = demo.waitFor(4, TimeUnit.MINUTES);

    assertThat(ended).as(said()).isTrue();
    assertThat(demo.exitValue()).as(said()).isZero();
    assertThat(said())
        .contains("web: rotation 3", "backend: rotation 3", "none failed")
        .doesNotContain("rejected 1");
    assertThat(temporaryFolders()).isEmpty();
  }

  @Test
  void ctrlCLeavesNoProcessNoPortAndNoFile() throws Exception {
    var demo = demo("--lifetime", "1m");
    await()
        .atMost(Duration.ofMinutes(2))
        .until(() -> !demo.isAlive() || said().contains("requests web to backend"));
    var children = demo.toHandle().descendants().toList();
    started.addAll(children);
    assertThat(children).as(said()).hasSize(2);

    new ProcessBuilder("kill", "-INT", String.valueOf(demo.pid())).start().waitFor();
    var ended = demo.waitFor(30, TimeUnit.SECONDS);

    assertThat(ended).as(said()).isTrue();
    assertThat(said()).contains("stopped; nothing is left running");
    assertThat(children).noneMatch(ProcessHandle::isAlive);
    assertThat(ports()).hasSizeGreaterThanOrEqualTo(4).allSatisfy(DemoIT::assertClosed);
    assertThat(temporaryFolders()).isEmpty();
  }

  /** With SIGINT as a terminal has it: in the background a shell has it ignored. */
  private Process demo(String... options) throws IOException {
    // As demo itself would, into the same place; here it may take the time.
    EnvoyVersion.ENVOY_1_40.binary();
    var command =
        new ArrayList<>(
            List.of(
                "env",
                "--default-signal=INT",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Djava.io.tmpdir=" + folder,
                "-cp",
                System.getProperty("java.class.path"),
                "--enable-native-access=ALL-UNNAMED",
                "dev.meshseal.cli.Main",
                "demo"));
    command.addAll(List.of(options));
    var process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("said.txt").toFile())
            .start();
    started.add(process.toHandle());
    return process;
  }

  private String said() throws IOException {
    return Files.readString(folder.resolve("said.txt"));
  }

  private List<Integer> ports() throws IOException {
    return PORT.matcher(said())
        .results()
        .map((MatchResult match) -> Integer.parseInt(match.group(1)))
        .distinct()
        .toList();
  }

  private List<Path> temporaryFolders() throws IOException {
    try (var files = Files.list(folder)) {
      return files
          .filter(file -> file.getFileName().toString().startsWith("meshseal-demo-"))
          .toList();
    }
  }

  private static void assertClosed(int port) {
    assertThatThrownBy(() -> new Socket(InetAddress.getLoopbackAddress(), port).close())
        .isInstanceOf(ConnectException.class);
  }
}
