package dev.meshseal.server.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SocketFileTest {
  @TempDir private Path folder;

  @Test
  void takesAFolderOfItsOwn() throws IOException {
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-x---"));

    assertThatCode(() -> SocketFile.requireSafe(folder.resolve("sds.sock")))
        .doesNotThrowAnyException();
  }

  @Test
  void refusesAFolderInWhichEverybodyMayWrite() throws IOException {
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));

    assertThatThrownBy(() -> SocketFile.requireSafe(folder.resolve("sds.sock")))
        .hasMessageContaining("everybody may write to '%s'", folder);
  }

  @Test
  void refusesAFolderThatIsNotThere() {
    assertThatThrownBy(() -> SocketFile.requireSafe(folder.resolve("none/sds.sock")))
        .hasMessageContaining("there is no folder");
  }

  @Test
  void refusesAPathThatNoSocketCanHave() {
    assertThatThrownBy(() -> SocketFile.requireSafe(folder.resolve("s".repeat(108))))
        .hasMessageContaining("107 is the most");
  }

  @Test
  void closesASocketToOthers() throws IOException {
    var socket = folder.resolve("s");
    try (var server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(socket));

      SocketFile.restrict(socket);

      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)))
          .isEqualTo("rw-rw----");
    }
  }
}
