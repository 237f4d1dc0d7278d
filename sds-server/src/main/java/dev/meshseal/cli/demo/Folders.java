package dev.meshseal.cli.demo;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;

/** Folders that are only for now. */
final class Folders {
  private Folders() {}

  /** Deletes it with all that is in it; nothing happens where it is gone already. */
  static void delete(Path folder) {
    if (!Files.exists(folder)) {
      return;
    }
    try (var files = Files.walk(folder)) {
      for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("'%s' could not be deleted".formatted(folder), e);
    }
  }
}
