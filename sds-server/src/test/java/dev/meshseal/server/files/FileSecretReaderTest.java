package dev.meshseal.server.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.meshseal.ca.CaException;
import dev.meshseal.mesh.DataSource;
import dev.meshseal.mesh.Documents;
import dev.meshseal.mesh.Resources;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileSecretReaderTest {
  private final Resources resources =
      Resources.none()
          .next(
              new TreeMap<>(
                  Map.of(
                      "f",
                      Documents.read(
                          "f",
                          "{type: Secret, mesh: m, name: s, data: YQ==}"
                              .getBytes(StandardCharsets.UTF_8)))),
              Instant.EPOCH)
          .resources();
  private final List<Path> watched = new ArrayList<>();

  @TempDir private Path dir;
  private Path open;
  private FileSecretReader reader;

  @BeforeEach
  void open() throws IOException {
    open = Files.createDirectory(dir.resolve("open"));
    reader = new FileSecretReader(() -> resources, List.of(open), watched::add);
  }

  @Test
  void readsTheSecretOfTheMeshAlone() {
    assertThat(reader.read("m", new DataSource.Secret("s"))).containsExactly('a');
    assertThatThrownBy(() -> reader.read("other", new DataSource.Secret("s")))
        .isInstanceOf(CaException.class)
        .hasMessage(
            "mesh 'other' refers to secret 's', which is not there; add a document of type Secret"
                + " with mesh: other and name: s");
  }

  @Test
  void readsAnInlineValue() {
    assertThat(reader.read("m", DataSource.Inline.of(new byte[] {0, -1}))).containsExactly(0, -1);
  }

  @Test
  void readsAFileBelowAnOpenFolderAndHasItWatched() throws IOException {
    var file = Files.writeString(open.resolve("ca.pem"), "pem");

    assertThat(reader.read("m", source(file))).isEqualTo("pem".getBytes(StandardCharsets.UTF_8));
    assertThat(watched).containsExactly(file);
  }

  @Test
  void hasAFileWatchedThatIsNotThereYet() {
    var file = open.resolve("ca.pem");

    assertThatThrownBy(() -> reader.read("m", source(file)))
        .isInstanceOf(CaException.class)
        .hasMessageEndingWith("which cannot be read: no such file");
    assertThat(watched).containsExactly(file);
  }

  @Test
  void refusesAFileOutside() throws IOException {
    var outside = Files.writeString(dir.resolve("outside"), "x");

    assertRefused(outside);
  }

  @Test
  void refusesAFileOutsideByAPathThatClimbs() throws IOException {
    Files.writeString(dir.resolve("outside"), "x");

    assertRefused(open.resolve("../outside"));
  }

  @Test
  void refusesAFileOutsideByALink() throws IOException {
    var outside = Files.writeString(dir.resolve("outside"), "x");

    assertRefused(Files.createSymbolicLink(open.resolve("link"), outside));
  }

  @Test
  void saysNothingOfWhetherAFileOutsideIsThere() throws IOException {
    var there = Files.writeString(dir.resolve("a"), "x");
    var missing = dir.resolve("b");

    assertThat(message(there).replace("/a'", "/b'")).isEqualTo(message(missing));
  }

  @Test
  void refusesEveryFileWhereNoFolderIsOpen() throws IOException {
    var closed = new FileSecretReader(() -> resources, List.of(), watched::add);
    var file = Files.writeString(open.resolve("ca.pem"), "pem");

    assertThatThrownBy(() -> closed.read("m", source(file)))
        .isInstanceOf(CaException.class)
        .hasMessageContaining("no folder that is open to meshes")
        .hasMessageContaining("--files DIR");
  }

  @Test
  void refusesAFolderAndAFileThatIsTooLarge() throws IOException {
    var large = Files.write(open.resolve("large"), new byte[FileContent.MAX_BYTES + 1]);

    assertThat(message(large)).endsWith("has more than 1048576 bytes");
    assertThat(message(Files.createDirectory(open.resolve("sub")))).endsWith("not a regular file");
  }

  @Test
  void readsThroughAnOpenFolderThatIsALink() throws IOException {
    var link = Files.createSymbolicLink(dir.resolve("link"), open);
    var linked = new FileSecretReader(() -> resources, List.of(link), watched::add);
    Files.writeString(open.resolve("ca.pem"), "pem");

    assertThat(linked.read("m", source(link.resolve("ca.pem")))).hasSize(3);
    assertThat(linked.read("m", source(open.resolve("ca.pem")))).hasSize(3);
  }

  private void assertRefused(Path file) {
    assertThat(message(file))
        .startsWith("mesh 'm' refers to file '" + file + "', which is in none of the folders")
        .endsWith("start with --files DIR to open its folder");
    assertThat(watched).isEmpty();
  }

  private String message(Path file) {
    try {
      reader.read("m", source(file));
      throw new AssertionError("was not refused");
    } catch (CaException refused) {
      return String.valueOf(refused.getMessage());
    }
  }

  private static DataSource.File source(Path file) {
    return new DataSource.File(file.toString());
  }
}
