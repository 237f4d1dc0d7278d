package dev.meshseal.testbed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.meshseal.server.files.DataDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One data directory and several processes. */
class DataDirectoryIT {
  @TempDir private Path folder;

  @Test
  void refusesASecondServerByTheProcessOfTheFirstUntilThatHasDied() throws Exception {
    Files.writeString(folder.resolve("kek"), "5a".repeat(32));
    try (var first =
        JavaProcess.start(
            folder.resolve("tmp"),
            KeyMaker.class,
            data().toString(),
            folder.resolve("kek").toString(),
            "default")) {
      first.readLine();

      assertThatThrownBy(() -> DataDirectory.open(data()))
          .hasMessage(
              "data directory '%s' is in use by process %d; stop that server, or give this one another --data",
              data(), first.pid());

      first.killAfter(Duration.ZERO);
      DataDirectory.open(data()).close();
    }
  }

  @Test
  void oneOfTwoProcessesMakesAnAuthorityAndBothGetIt() throws IOException {
    try (var one = maker();
        var other = maker()) {
      one.readLine();
      other.readLine();

      for (var round = 0; round < 100; round++) {
        one.say("ca-" + round);
        other.say("ca-" + round);

        assertThat(one.readLine()).isEqualTo(other.readLine());
      }
    }
  }

  private JavaProcess maker() throws IOException {
    return JavaProcess.start(folder.resolve("tmp"), OneCaMaker.class, data().toString());
  }

  private Path data() {
    return folder.resolve("data");
  }
}
