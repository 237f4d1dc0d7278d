package dev.meshseal.testbed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.meshseal.server.files.DataDirectory;
import dev.meshseal.server.files.FileCaKeyStore;
import dev.meshseal.x509.Fingerprint;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The server is killed at random moments while it takes new Meshes into force: what the next start
 * finds is whole, and an authority that was there is the same for ever.
 */
class KillWhileMeshesChangeIT {
  private static final int KILLS = 12;
  private static final int MESHES_A_LIFE = 25;

  @TempDir private Path folder;
  private final Random random = new Random(20261123);

  @Test
  void everyAuthorityIsWholeAndStaysTheSame() throws Exception {
    var resources = Files.createDirectories(folder.resolve("resources"));
    var authorities = new HashMap<String, String>();
    for (var life = 1; life <= KILLS; life++) {
      var server =
          ServerProcess.launch(
              ServerProcess.command(
                  "--resources",
                  resources.toString(),
                  "--data",
                  folder.resolve("data").toString(),
                  "--listen",
                  "127.0.0.1:0",
                  "--admin",
                  "127.0.0.1:0"),
              folder.resolve("server.log"));
      Files.writeString(resources.resolve("life-%d.yaml".formatted(life)), meshes(life));

      awaitFirstInForce(life);
      assertThat(server.waitFor(random.nextInt(300), TimeUnit.MILLISECONDS)).isFalse();
      server.destroyForcibly().waitFor();

      var now = authorities();
      assertThat(now).containsAllEntriesOf(authorities);
      authorities.putAll(now);
    }
    assertThat(authorities).as("the server lived long enough to do something").isNotEmpty();
  }

  /** The first of this life's authorities is there, and the others are being made. */
  private void awaitFirstInForce(int life) {
    var line = "\"mesh in force\" mesh=mesh-%d-".formatted(life);
    await()
        .atMost(Duration.ofSeconds(60))
        .pollInterval(Duration.ofMillis(20))
        .until(() -> Files.readString(folder.resolve("server.log")).contains(line));
  }

  private static String meshes(int life) {
    return IntStream.range(0, MESHES_A_LIFE)
        .mapToObj(
            number ->
                """
                type: Mesh
                name: mesh-%d-%d
                mtls:
                  enabledBackend: ca-1
                  backends: [{name: ca-1, type: builtin}]
                """
                    .formatted(life, number))
        .collect(Collectors.joining("---\n"));
  }

  /** The fingerprint of every authority that is kept; a damaged one throws. */
  private Map<String, String> authorities() throws Exception {
    var meshes = folder.resolve("data/meshes");
    if (!Files.exists(meshes)) {
      return Map.of();
    }
    var found = new HashMap<String, String>();
    try (var data = DataDirectory.openShared(folder.resolve("data"));
        var names = Files.list(meshes)) {
      var store = new FileCaKeyStore(data, Optional.empty());
      for (var name : List.copyOf(names.map(path -> path.getFileName().toString()).toList())) {
        store.read(name, "ca-1").ifPresent(ca -> found.put(name, Fingerprint.of(ca.certificate())));
      }
    }
    return found;
  }
}
