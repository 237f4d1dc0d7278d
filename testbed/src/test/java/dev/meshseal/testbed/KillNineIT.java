package dev.meshseal.testbed;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meshseal.server.auth.SigningKey;
import dev.meshseal.server.files.DataDirectory;
import dev.meshseal.server.files.FileCaKeyStore;
import dev.meshseal.server.files.FileRevocations;
import dev.meshseal.server.files.FileSigningKeys;
import dev.meshseal.server.files.KeyEncryptionKey;
import dev.meshseal.x509.Fingerprint;
import dev.meshseal.x509.IssuingCa;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What is kept survives a process that is killed at any moment: whole, or not there at all. For a
 * running server whose Meshes change, see {@link KillWhileMeshesChangeIT}.
 */
class KillNineIT {
  private static final int LIVES = 200;
  private static final long SEED = 20261123;

  // Two directories at once, since most of a life is the start of a process.
  private static final int LANES = 2;

  @TempDir private Path folder;

  /** While authorities are made, keys rotated and tokens revoked. */
  @Test
  void everyStartAfterAKillFindsWholeAuthoritiesOrNone() throws Exception {
    Files.writeString(kek(), "5a".repeat(32));

    var done = 0;
    try (var lanes = Executors.newFixedThreadPool(LANES)) {
      var all = IntStream.range(0, LANES).mapToObj(Lane::new).toList();
      for (var lane : lanes.invokeAll(all)) {
        done += lane.get();
      }
    }

    assertThat(done).as("things done before a kill").isGreaterThan(LIVES / 2);
  }

  /** Kills one process after the other that works on one directory; tells how much they did. */
  private final class Lane implements Callable<Integer> {
    private final Path directory;
    private final Random random;

    Lane(int number) {
      this.directory = folder.resolve("data-" + number);
      this.random = new Random(SEED + number);
    }

    @Override
    public Integer call() throws Exception {
      var start = timeToFirstAuthority();
      var done = 0;
      for (var life = 0; life < LIVES / LANES; life++) {
        var mesh = "life-" + life;
        var said = life % 2 == 0 ? killedSinceStart(mesh, start) : killedAtWork(mesh);
        done += said.size();
        check(mesh, said);
      }
      checkAll();
      return done;
    }

    private Duration timeToFirstAuthority() throws IOException {
      var from = System.nanoTime();
      try (var maker = maker("calibration")) {
        maker.readLine();
        return Duration.ofNanos(System.nanoTime() - from);
      }
    }

    /** From before it has opened the directory to soon after its first authority. */
    private List<String> killedSinceStart(String mesh, Duration start) throws Exception {
      try (var maker = maker(mesh)) {
        maker.killAfter(start.multipliedBy(40 + random.nextInt(80)).dividedBy(100));
        return maker.wholeLines();
      }
    }

    private List<String> killedAtWork(String mesh) throws Exception {
      try (var maker = maker(mesh)) {
        var said = new ArrayList<>(List.of(maker.readLine()));
        maker.killAfter(Duration.ofNanos(random.nextInt(60_000_000)));
        said.addAll(maker.wholeLines());
        return said;
      }
    }

    private JavaProcess maker(String mesh) throws IOException {
      return JavaProcess.start(
          folder.resolve("tmp"), KeyMaker.class, directory.toString(), kek().toString(), mesh);
    }

    private void check(String mesh, List<String> said) throws IOException {
      try (var data = DataDirectory.open(directory)) {
        assertNothingHalfWritten();
        var authorities = store(data);
        for (var backend : folders(directory.resolve("meshes").resolve(mesh))) {
          authorities.read(mesh, backend).ifPresent(KillNineIT::assertWhole);
        }
        var keys = keys(data);
        var revoked = new FileRevocations(data, InstantSource.system()).ids();
        for (var line : said) {
          var words = line.split(" ", -1);
          switch (words[0]) {
            case "ca" ->
                assertThat(authorities.read(mesh, words[1]).map(IssuingCa::certificate))
                    .map(Fingerprint::of)
                    .contains(words[2]);
            case "key" -> assertThat(keys).contains(words[1]);
            default -> assertThat(revoked).contains(words[1]);
          }
        }
      }
    }

    private void checkAll() throws IOException {
      try (var data = DataDirectory.open(directory)) {
        for (var mesh : folders(directory.resolve("meshes"))) {
          for (var backend : folders(directory.resolve("meshes").resolve(mesh))) {
            store(data).read(mesh, backend).ifPresent(KillNineIT::assertWhole);
          }
        }
      }
    }

    private void assertNothingHalfWritten() throws IOException {
      try (var files = Files.walk(directory)) {
        assertThat(files.filter(file -> file.getFileName().toString().endsWith(".tmp"))).isEmpty();
      }
    }
  }

  private static void assertWhole(IssuingCa ca) {
    assertThat(ca.isPaired()).isTrue();
    assertThat(ca.certificate().getBasicConstraints()).isNotNegative();
  }

  private static List<String> folders(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (var files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).toList();
    }
  }

  private FileCaKeyStore store(DataDirectory data) {
    return new FileCaKeyStore(data, Optional.of(KeyEncryptionKey.read(kek())));
  }

  private static java.util.Set<String> keys(DataDirectory data) {
    return new FileSigningKeys(data, InstantSource.system())
        .all().stream().map(SigningKey::kid).collect(Collectors.toSet());
  }

  private Path kek() {
    return folder.resolve("kek");
  }
}
