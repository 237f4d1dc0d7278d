package dev.meshseal.server.files;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.InstantSource;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class FileChangesTest {
  private final LinkedBlockingQueue<Path> heard = new LinkedBlockingQueue<>();

  @TempDir private Path folder;

  /** A mounted Secret is changed by turning one link to a folder that is whole. */
  @Test
  @Timeout(60)
  void hearsOfAMountedSecretThatIsReplaced() throws Exception {
    turn("first", "one");
    var file = Files.createSymbolicLink(folder.resolve("ca.crt"), Path.of("..data/ca.crt"));

    try (var changes = new FileChanges(InstantSource.system())) {
      changes.watch(file);
      changes.follow(heard::add);

      turn("second", "two");

      assertThat(heard.poll(30, TimeUnit.SECONDS)).isEqualTo(file);
      assertThat(Files.readString(file)).isEqualTo("two");
    }
  }

  private void turn(String version, String content) throws Exception {
    var data = Files.createDirectory(folder.resolve(version));
    Files.writeString(data.resolve("ca.crt"), content);
    var next = Files.createSymbolicLink(folder.resolve("..data_tmp"), Path.of(version));
    Files.move(next, folder.resolve("..data"), StandardCopyOption.ATOMIC_MOVE);
  }
}
