package dev.meshseal.server.files;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * Files that are there whole or not at all, also after a crash at any moment: each is written under
 * another name, forced to the disk, and then given its own name in one step. Mode 0600, folders
 * 0700.
 */
final class AtomicFiles {
  private static final FileAttribute<?> OWNER_ONLY =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
  private static final FileAttribute<?> FOLDER_OF_OWNER =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
  private static final Pattern TEMPORARY = Pattern.compile("\\.(?<pid>\\d+)-[0-9a-f-]{36}\\.tmp");
  private static final Duration ABANDONED = Duration.ofHours(1);

  private AtomicFiles() {}

  /** Replaces a file, or makes it. */
  static void write(Path file, byte[] content) throws IOException {
    var temporary = writeBeside(file, content);
    try {
      Files.move(
          temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      force(folder(file));
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  /** Makes a file unless there is one of that name; one of all who try at once succeeds. */
  static boolean createIfAbsent(Path file, byte[] content) throws IOException {
    if (Files.exists(file)) {
      return false;
    }
    var temporary = writeBeside(file, content);
    try {
      // A hard link, since a move would replace what another process has made meanwhile.
      Files.createLink(file, temporary);
      force(folder(file));
      return true;
    } catch (FileAlreadyExistsException another) {
      return false;
    } catch (UnsupportedOperationException none) {
      throw new IOException("its file system has no hard links", none);
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  /** Makes a folder and those above it, where they are missing. */
  static void createFolder(Path folder) throws IOException {
    if (Files.isDirectory(folder)) {
      return;
    }
    var parent = folder.toAbsolutePath().getParent();
    if (parent != null) {
      createFolder(parent);
    }
    try {
      Files.createDirectory(folder, FOLDER_OF_OWNER);
      if (parent != null) {
        force(parent);
      }
    } catch (FileAlreadyExistsException another) {
      if (!Files.isDirectory(folder)) {
        throw another;
      }
    }
  }

  static boolean isTemporary(Path file) {
    return TEMPORARY.matcher(file.getFileName().toString()).matches();
  }

  /** Removes what writers left behind that were killed while they wrote. */
  static void sweep(Path root) throws IOException {
    try (var files = Files.walk(root)) {
      for (var file : (Iterable<Path>) files.filter(AtomicFiles::isTemporary)::iterator) {
        if (isAbandoned(file)) {
          Files.deleteIfExists(file);
        }
      }
    }
  }

  // Another command may be writing right now, but not for an hour; and our own process, that has
  // just begun, has written nothing yet: the number is an earlier process's.
  private static boolean isAbandoned(Path temporary) throws IOException {
    var name = TEMPORARY.matcher(temporary.getFileName().toString());
    if (!name.matches()) {
      return false;
    }
    var pid = name.group("pid");
    return pid.length() > 18
        || Long.parseLong(pid) == ProcessHandle.current().pid()
        || ProcessHandle.of(Long.parseLong(pid)).isEmpty()
        || Files.getLastModifiedTime(temporary)
            .toInstant()
            .isBefore(Instant.now().minus(ABANDONED));
  }

  private static Path writeBeside(Path file, byte[] content) throws IOException {
    var folder = folder(file);
    createFolder(folder);
    var name = ".%d-%s.tmp".formatted(ProcessHandle.current().pid(), UUID.randomUUID());
    var temporary = folder.resolve(name);
    try (var channel = FileChannel.open(temporary, newFile(), OWNER_ONLY)) {
      var bytes = ByteBuffer.wrap(content);
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
      return temporary;
    } catch (IOException full) {
      Files.deleteIfExists(temporary);
      throw full;
    }
  }

  private static Set<StandardOpenOption> newFile() {
    return EnumSet.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
  }

  // The name is in the folder, so the folder must reach the disk, too.
  private static void force(Path folder) throws IOException {
    try (var channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  private static Path folder(Path file) {
    var parent = file.toAbsolutePath().getParent();
    return parent == null ? file.toAbsolutePath() : parent;
  }
}
