package dev.meshseal.testbed.kubernetes;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Folders for what a whole JVM shares, below {@code target}, so that a failed run can be read. */
final class Folders {
  private Folders() {}

  static Path temporary(String prefix) {
    try {
      var target = Files.createDirectories(Path.of("target", "testbed"));
      return Files.createTempDirectory(target, prefix + "-").toAbsolutePath();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Path write(Path file, String text) {
    try {
      Files.createDirectories(file.toAbsolutePath().getParent());
      return Files.writeString(file, text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
