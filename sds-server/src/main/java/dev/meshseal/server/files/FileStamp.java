package dev.meshseal.server.files;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * What tells cheaply that a file is as it was: its time, its size and its inode, links followed.
 *
 * @param inode empty where the file system has none
 */
record FileStamp(Instant modified, long size, Optional<Object> inode) {
  /** The clock of a file system may tick this slowly (HFS+ and NFS count seconds). */
  private static final Duration TICK = Duration.ofSeconds(2);

  static FileStamp of(Path file) throws IOException {
    var attributes = Files.readAttributes(file, BasicFileAttributes.class);
    return new FileStamp(
        attributes.lastModifiedTime().toInstant(),
        attributes.size(),
        Optional.ofNullable(attributes.fileKey()));
  }

  /** Whether a write from now on would show in the time of the file. */
  boolean isSettled(Instant now) {
    return modified.isBefore(now.minus(TICK));
  }
}
