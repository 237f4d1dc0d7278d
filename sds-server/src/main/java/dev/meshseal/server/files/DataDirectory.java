package dev.meshseal.server.files;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The folder in which the server keeps what must outlive it: mode 0700, marked as ours, locked by
 * the one server that runs on it. Commands open it without the lock, beside a running server; every
 * change of a file is one step. Nothing that is there is overwritten unless it is known to be ours
 * and whole. Calls block on the disk; thread-safe.
 */
public final class DataDirectory implements AutoCloseable {
  static final String MARKER = "meshseal-data";

  private static final int FORMAT = 1;
  private static final Pattern MARK =
      Pattern.compile("meshseal data directory\nformat (?<format>\\d{1,9})\n");
  private static final Set<PosixFilePermission> OWNER_ONLY =
      PosixFilePermissions.fromString("rwx------");

  private final Path root;
  private final Optional<DirectoryLock> lock;

  private DataDirectory(Path root, Optional<DirectoryLock> lock) {
    this.root = root;
    this.lock = lock;
  }

  /**
   * Opens a directory for a server, and makes it if it is missing.
   *
   * @throws DataDirectoryException if it is foreign, newer, open to others or in use
   */
  public static DataDirectory open(Path root) {
    prepare(root);
    var lock = DirectoryLock.take(root);
    try {
      AtomicFiles.sweep(root);
      return new DataDirectory(root, Optional.of(lock));
    } catch (IOException e) {
      lock.close();
      throw unusable(root, e);
    }
  }

  /** The same for a command, that may run beside a server. */
  public static DataDirectory openShared(Path root) {
    prepare(root);
    return new DataDirectory(root, Optional.empty());
  }

  /** The same, where there must be a directory already. */
  public static DataDirectory openExisting(Path root) {
    if (!Files.exists(root.resolve(MARKER))) {
      throw new DataDirectoryException(
          "'%s' is not a data directory of meshseal; give the --data of the server"
              .formatted(root));
    }
    return openShared(root);
  }

  public Path root() {
    return root;
  }

  /** What sidecars trust when they connect to the server. */
  public Path serverCa() {
    return path("server", "ca.crt");
  }

  Path path(String first, String... more) {
    return root.resolve(Path.of(first, more));
  }

  void write(Path file, byte[] content) {
    try {
      AtomicFiles.write(file, content);
    } catch (IOException e) {
      throw unwritable(file, e);
    }
  }

  boolean createIfAbsent(Path file, byte[] content) {
    try {
      return AtomicFiles.createIfAbsent(file, content);
    } catch (IOException e) {
      throw unwritable(file, e);
    }
  }

  @Override
  public void close() {
    lock.ifPresent(DirectoryLock::close);
  }

  @Override
  public String toString() {
    return "data directory '" + root + "'";
  }

  private static void prepare(Path root) {
    try {
      if (Files.exists(root) && !Files.isDirectory(root)) {
        throw new DataDirectoryException(
            "'%s' is a file where the data directory belongs; give another --data".formatted(root));
      }
      AtomicFiles.createFolder(root);
      requireOurs(root);
      requireMarked(root);
    } catch (IOException e) {
      throw unusable(root, e);
    }
  }

  // A process of root's would leave files behind that the server cannot read.
  private static void requireOurs(Path root) throws IOException {
    var self = Path.of("/proc/self");
    if (!Files.exists(self)) {
      return;
    }
    var owner = Files.getAttribute(root, "unix:uid");
    var user = Files.getAttribute(self, "unix:uid");
    if (!owner.equals(user)) {
      throw new DataDirectoryException(
          "data directory '%s' belongs to user id %s, and this process runs as %s; run it as that user, or give another --data"
              .formatted(root, owner, user));
    }
  }

  private static void requireMarked(Path root) throws IOException {
    var marker = root.resolve(MARKER);
    if (!Files.exists(marker)) {
      requireEmpty(root);
      Files.setPosixFilePermissions(root, OWNER_ONLY);
      AtomicFiles.createIfAbsent(marker, mark(FORMAT).getBytes(StandardCharsets.US_ASCII));
    }
    requireFormat(root, Files.readString(marker, StandardCharsets.ISO_8859_1));
    requireClosedToOthers(root);
  }

  static String mark(int format) {
    return "meshseal data directory\nformat %d\n".formatted(format);
  }

  private static void requireEmpty(Path root) throws IOException {
    try (var files = Files.list(root)) {
      var foreign = files.filter(file -> !isHarmless(file)).findFirst();
      // Another process may have made the directory ours since we looked.
      if (foreign.isPresent() && !Files.exists(root.resolve(MARKER))) {
        throw new DataDirectoryException(
            "'%s' is not a data directory of meshseal, and not empty: it has '%s'; give another --data"
                .formatted(root, foreign.orElseThrow().getFileName()));
      }
    }
  }

  // A fresh file system has its own folder; a first start that was killed leaves a temporary file.
  private static boolean isHarmless(Path file) {
    return file.getFileName().toString().equals("lost+found") || AtomicFiles.isTemporary(file);
  }

  private static void requireFormat(Path root, String text) {
    var mark = MARK.matcher(text);
    if (!mark.matches()) {
      throw new DataDirectoryException(
          "file '%s' is damaged; it must be the two lines 'meshseal data directory' and 'format %d'"
              .formatted(root.resolve(MARKER), FORMAT));
    }
    var found = Integer.parseInt(mark.group("format"));
    if (found > FORMAT) {
      throw new DataDirectoryException(
          "data directory '%s' was written by a newer version: it has format %d, and this version reads %d; run the newer version"
              .formatted(root, found, FORMAT));
    }
  }

  private static void requireClosedToOthers(Path root) throws IOException {
    var open = EnumSet.copyOf(Files.getPosixFilePermissions(root));
    open.removeAll(OWNER_ONLY);
    if (!open.isEmpty()) {
      throw new DataDirectoryException(
          "data directory '%s' holds private keys and is open to others (%s); run: chmod 700 %s"
              .formatted(
                  root, PosixFilePermissions.toString(Files.getPosixFilePermissions(root)), root));
    }
  }

  private static DataDirectoryException unusable(Path root, IOException e) {
    return new DataDirectoryException(
        "data directory '%s' cannot be used: %s".formatted(root, IoReason.of(e)), e);
  }

  private static DataDirectoryException unwritable(Path file, IOException e) {
    return new DataDirectoryException(
        "file '%s' cannot be written: %s".formatted(file, IoReason.of(e)), e);
  }
}
