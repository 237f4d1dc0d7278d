package dev.meshseal.server.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataDirectoryTest {
  @TempDir private Path folder;

  @Test
  void makesADirectoryForItsOwnerAlone() throws IOException {
    var root = folder.resolve("data");

    try (var data = DataDirectory.open(root)) {
      data.write(data.path("a", "b"), new byte[] {1});
    }

    assertThat(mode(root)).isEqualTo("rwx------");
    assertThat(mode(root.resolve("a"))).isEqualTo("rwx------");
    assertThat(mode(root.resolve("a/b"))).isEqualTo("rw-------");
    assertThat(mode(root.resolve("lock"))).isEqualTo("rw-------");
  }

  @Test
  void opensADirectoryOfItsOwnAgain() throws IOException {
    var root = folder.resolve("data");
    try (var data = DataDirectory.open(root)) {
      data.write(data.path("kept"), new byte[] {7});
    }

    try (var again = DataDirectory.open(root)) {
      assertThat(again.path("kept")).hasBinaryContent(new byte[] {7});
    }
  }

  @Test
  void takesAnEmptyDirectoryAndClosesItToOthers() throws IOException {
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));

    DataDirectory.open(folder).close();

    assertThat(mode(folder)).isEqualTo("rwx------");
  }

  @Test
  void refusesAForeignDirectoryAndLeavesItAsItIs() throws IOException {
    var foreign = Files.writeString(folder.resolve("thesis.txt"), "years of work");

    assertThatThrownBy(() -> DataDirectory.open(folder))
        .isInstanceOf(DataDirectoryException.class)
        .hasMessageContaining("'%s' is not a data directory of meshseal", folder)
        .hasMessageContaining("'thesis.txt'");

    try (var files = Files.list(folder)) {
      assertThat(files).containsExactly(foreign);
    }
  }

  @Test
  void refusesANewerDirectory() throws IOException {
    Files.writeString(folder.resolve(DataDirectory.MARKER), DataDirectory.mark(2));

    assertThatThrownBy(() -> DataDirectory.open(folder))
        .hasMessageContaining("has format 2, and this version reads 1");
  }

  @Test
  void refusesADamagedMarker() throws IOException {
    for (var damaged : new String[] {"", "meshseal data direc", "format 1\n", "\0\0\0\0"}) {
      var marker = Files.writeString(folder.resolve(DataDirectory.MARKER), damaged);

      assertThatThrownBy(() -> DataDirectory.open(folder))
          .hasMessageContaining("file '%s' is damaged", marker);
      assertThat(marker).hasContent(damaged);
    }
  }

  @Test
  void refusesADirectoryThatIsOpenToOthers() throws IOException {
    DataDirectory.open(folder).close();
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-x---"));

    assertThatThrownBy(() -> DataDirectory.open(folder))
        .hasMessageContaining("is open to others (rwxr-x---); run: chmod 700 " + folder);
  }

  @Test
  void refusesAFileInItsPlace() throws IOException {
    var file = Files.writeString(folder.resolve("data"), "x");

    assertThatThrownBy(() -> DataDirectory.open(file)).hasMessageContaining("is a file");
  }

  @Test
  void refusesASecondServerAndNamesTheFirst() {
    try (var first = DataDirectory.open(folder)) {
      assertThatThrownBy(() -> DataDirectory.open(first.root()))
          .hasMessageContaining("in use by process %d", ProcessHandle.current().pid());
    }
  }

  @Test
  void letsACommandInBesideAServer() {
    try (var server = DataDirectory.open(folder);
        var command = DataDirectory.openShared(folder)) {
      assertThat(command.root()).isEqualTo(server.root());
    }
  }

  @Test
  void aCommandThatOnlyReadsMakesNothing() {
    var root = folder.resolve("data");

    assertThatThrownBy(() -> DataDirectory.openExisting(root))
        .hasMessageContaining("give the --data of the server");

    assertThat(root).doesNotExist();
  }

  @Test
  void sweepsWhatAKilledWriterLeftBehind() throws IOException {
    DataDirectory.open(folder).close();
    var nested = Files.createDirectories(folder.resolve("meshes/default/ca-1"));
    var killed = nested.resolve(".%d-%s.tmp".formatted(999_999_999_999L, UUID.randomUUID()));
    var writing = nested.resolve(".1-%s.tmp".formatted(UUID.randomUUID()));
    var named = nested.resolve("ca.pem");
    for (var file : new Path[] {killed, writing, named}) {
      Files.writeString(file, "x");
    }

    DataDirectory.open(folder).close();

    assertThat(killed).doesNotExist();
    assertThat(writing).exists();
    assertThat(named).exists();
  }

  @Test
  void aDirectoryWhoseFirstStartWasKilledIsNotForeign() throws IOException {
    Files.writeString(
        folder.resolve(".%d-%s.tmp".formatted(999_999_999_999L, UUID.randomUUID())), "mesh");

    DataDirectory.open(folder).close();

    assertThat(folder.resolve(DataDirectory.MARKER)).exists();
  }

  private static String mode(Path path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }
}
