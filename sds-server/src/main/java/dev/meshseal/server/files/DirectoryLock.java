package dev.meshseal.server.files;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;

/**
 * Keeps a second server out of a data directory. The operating system gives the lock back when the
 * process ends, however it ends; the number in the file is only for the message.
 */
final class DirectoryLock implements AutoCloseable {
  private final FileChannel channel;

  private DirectoryLock(FileChannel channel) {
    this.channel = channel;
  }

  static DirectoryLock take(Path root) {
    var file = root.resolve("lock");
    try {
      var channel =
          FileChannel.open(
              file,
              EnumSet.of(
                  StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE),
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      return take(root, channel);
    } catch (IOException e) {
      throw new DataDirectoryException(
          "data directory '%s' cannot be locked: %s".formatted(root, IoReason.of(e)), e);
    }
  }

  private static DirectoryLock take(Path root, FileChannel channel) throws IOException {
    if (!isFree(channel)) {
      var holder = holder(channel);
      channel.close();
      throw new DataDirectoryException(
          "data directory '%s' is in use by process %s; stop that server, or give this one another --data"
              .formatted(root, holder));
    }
    var pid = ByteBuffer.wrap(pid().getBytes(StandardCharsets.US_ASCII));
    channel.truncate(0);
    channel.write(pid, 0);
    return new DirectoryLock(channel);
  }

  private static boolean isFree(FileChannel channel) throws IOException {
    try {
      return channel.tryLock() != null;
    } catch (OverlappingFileLockException byThisProcess) {
      return false;
    }
  }

  private static String holder(FileChannel channel) throws IOException {
    var bytes = ByteBuffer.allocate(20);
    channel.read(bytes, 0);
    var text = new String(bytes.array(), 0, bytes.position(), StandardCharsets.US_ASCII).strip();
    return text.matches("\\d+") ? text : "unknown";
  }

  private static String pid() {
    return ProcessHandle.current().pid() + "\n";
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new DataDirectoryException("the lock cannot be released: " + IoReason.of(e), e);
    }
  }
}
