package dev.meshseal.testbed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.meshseal.testbed.kubernetes.OpenBao;
import dev.meshseal.testbed.kubernetes.TestCluster;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run of tests that is killed leaves no server behind. */
class KilledTestIT {
  @TempDir Path folder;

  @Test
  void theServersOfAKilledTestEndByThemselves() throws Exception {
    // What is missing is built here, not under the deadline of the other process.
    Testbed.path("kube");
    Testbed.path("openbao");
    List<Long> servers;
    try (var test = JavaProcess.start(folder, ServersOfATest.class, folder.toString())) {
      servers = Arrays.stream(test.readLine().split(" ", -1)).map(Long::valueOf).toList();
      assertThat(servers).hasSizeGreaterThanOrEqualTo(2).allMatch(KilledTestIT::runs);
      test.killAfter(Duration.ZERO);
    }

    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() -> assertThat(servers).noneMatch(KilledTestIT::runs));
  }

  // A process that has ended and that nobody has waited for has no command any more.
  private static boolean runs(long pid) {
    return ProcessHandle.of(pid).flatMap(process -> process.info().command()).isPresent();
  }

  /** The other process: starts servers, says their ids and waits to be killed. */
  static final class ServersOfATest {
    public static void main(String[] arguments) {
      TestCluster.start(Path.of(arguments[0], "cluster"));
      OpenBao.start(Path.of(arguments[0], "openbao"));
      System.out.println(
          ProcessHandle.current()
              .descendants()
              .map(process -> Long.toString(process.pid()))
              .collect(Collectors.joining(" ")));
      while (true) {
        LockSupport.park();
      }
    }
  }
}
