package dev.meshseal.server.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.meshseal.server.auth.SigningKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileSigningKeysTest {
  @TempDir private Path folder;
  private Instant now = Instant.parse("2026-11-23T12:00:00Z");

  @Test
  void makesTheFirstKeyWhenItIsAskedFor() {
    var first = keys().current();

    assertThat(first.kid()).isEqualTo("ms-1");
    assertThat(keys().current().publicKey()).isEqualTo(first.publicKey());
  }

  @Test
  void signsWithTheNewestAndVerifiesWithAll() {
    keys().current();

    var second = keys().rotate();

    assertThat(second.kid()).isEqualTo("ms-2");
    assertThat(keys().current()).isEqualTo(second);
    assertThat(keys().all()).extracting(SigningKey::kid).containsExactly("ms-1", "ms-2");
  }

  @Test
  void countsOnFromTheHighestNumber() {
    keys().current();
    for (var times = 0; times < 10; times++) {
      keys().rotate();
    }

    assertThat(keys().current().kid()).isEqualTo("ms-11");
  }

  @Test
  void retiresKeysThatWereReplacedLongAgo() {
    keys().current();
    now = now.plus(Duration.ofDays(300));
    keys().rotate();
    now = now.plus(Duration.ofDays(10));
    keys().rotate();
    now = now.plus(Duration.ofDays(25));

    var retired = keys().retire(Duration.ofDays(30));

    assertThat(retired).containsExactly("ms-1");
    assertThat(keys().all()).extracting(SigningKey::kid).containsExactly("ms-2", "ms-3");
  }

  @Test
  void neverRetiresTheKeyThatSigns() {
    keys().current();
    now = now.plus(Duration.ofDays(10_000));

    assertThat(keys().retire(Duration.ZERO)).isEmpty();
  }

  @Test
  void oneOfManyMakesTheFirstKey() throws Exception {
    try (var pool = Executors.newFixedThreadPool(16)) {
      var tasks = new ArrayList<Callable<SigningKey>>();
      for (var thread = 0; thread < 16; thread++) {
        tasks.add(() -> keys().current());
      }
      for (var key : pool.invokeAll(tasks)) {
        assertThat(key.get()).isEqualTo(keys().current());
      }
    }
  }

  @Test
  void rotationsAtOnceMakeAKeyEach() throws Exception {
    try (var pool = Executors.newFixedThreadPool(8)) {
      var tasks = new ArrayList<Callable<SigningKey>>();
      for (var thread = 0; thread < 8; thread++) {
        tasks.add(() -> keys().rotate());
      }
      pool.invokeAll(tasks);
    }

    assertThat(keys().all()).hasSize(8);
  }

  @Test
  void refusesADamagedKeyByItsName() throws IOException {
    keys().current();
    var file = folder.resolve("signing-keys/ms-1.pem");
    Files.writeString(file, Files.readString(file).replaceFirst("BEGIN PUBLIC", "BEGIN PUBLIK"));

    assertThatThrownBy(() -> keys().current())
        .isInstanceOf(DataDirectoryException.class)
        .hasMessageContaining("file '%s' is damaged", file);
  }

  @Test
  void refusesAForeignFileByItsName() throws IOException {
    keys().current();
    var foreign = Files.writeString(folder.resolve("signing-keys/notes.txt"), "x");

    assertThatThrownBy(() -> keys().all()).hasMessageContaining("file '%s' is not", foreign);
  }

  @Test
  void printsNothingOfAKey() {
    assertThat(keys().current()).hasToString("signing key 'ms-1'");
  }

  private FileSigningKeys keys() {
    return new FileSigningKeys(data(), () -> now);
  }

  private DataDirectory data() {
    return DataDirectory.openShared(folder);
  }
}
