package dev.meshseal.server.auth;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** A Unix socket whose file decides who may connect, so it must lie where no stranger can act. */
public final class SocketFile {
  // What sockaddr_un of Linux takes, less its terminating zero.
  private static final int LONGEST = 107;
  private static final Set<PosixFilePermission> OWNER_AND_GROUP =
      PosixFilePermissions.fromString("rw-rw----");

  private SocketFile() {}

  /**
   * Before the socket is bound: is its folder safe? Everybody who may write there could put a
   * socket of his own in its place, a sticky bit or not.
   *
   * @throws IOException if not; says why
   */
  public static void requireSafe(Path socket) throws IOException {
    var absolute = socket.toAbsolutePath();
    var bytes = absolute.toString().getBytes(StandardCharsets.UTF_8).length;
    if (bytes > LONGEST) {
      throw refused(socket, "its path has %d bytes, and %d is the most".formatted(bytes, LONGEST));
    }
    var folder = absolute.getParent();
    if (folder == null || !Files.isDirectory(folder)) {
      throw refused(socket, "there is no folder '%s'; make it with mode 0750".formatted(folder));
    }
    if (Files.getPosixFilePermissions(folder).contains(PosixFilePermission.OTHERS_WRITE)) {
      throw refused(
          socket, "everybody may write to '%s'; use a folder with mode 0750".formatted(folder));
    }
  }

  /**
   * After it is bound: for its owner and its group alone.
   *
   * @throws IOException if the mode cannot be set
   */
  public static void restrict(Path socket) throws IOException {
    Files.setPosixFilePermissions(socket, OWNER_AND_GROUP);
  }

  private static IOException refused(Path socket, String why) {
    return new IOException("cannot listen on unix:%s: %s".formatted(socket, why));
  }
}
