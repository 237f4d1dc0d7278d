package dev.meshseal.cli;

import dev.meshseal.mesh.Document;
import dev.meshseal.mesh.Documents;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/** What {@code -f} names → documents. */
final class DocumentInputs {
  private static final Set<String> ENDINGS = Set.of(".yaml", ".yml", ".json");

  private static final int DEPTH = 8;

  private final Console console;

  DocumentInputs(Console console) {
    this.console = console;
  }

  /**
   * @throws CliException if there is nothing to read under a name
   */
  List<Document> read(List<String> names) {
    return names.stream().flatMap(name -> read(name).stream()).toList();
  }

  private List<Document> read(String name) {
    try {
      if (name.equals("-")) {
        return read("stdin", console.in());
      }
      var path = Path.of(name);
      if (Files.isDirectory(path)) {
        return folder(path);
      }
      if (!Files.exists(path)) {
        throw CliException.no("there is no file or folder '%s'".formatted(name));
      }
      return file(path);
    } catch (IOException unreadable) {
      throw new UncheckedIOException("'%s' cannot be read".formatted(name), unreadable);
    }
  }

  private static List<Document> folder(Path folder) throws IOException {
    try (var entries = Files.walk(folder, DEPTH, FileVisitOption.FOLLOW_LINKS)) {
      var files =
          entries
              .filter(file -> isDocument(folder.relativize(file)))
              .filter(Files::isRegularFile)
              .sorted()
              .toList();
      if (files.isEmpty()) {
        throw CliException.no(
            "folder '%s' holds no file that ends in .yaml, .yml or .json".formatted(folder));
      }
      return files.stream()
          .flatMap(
              file -> {
                try {
                  return file(file).stream();
                } catch (IOException unreadable) {
                  throw new UncheckedIOException("'%s' cannot be read".formatted(file), unreadable);
                }
              })
          .toList();
    }
  }

  /** As the server reads its folders: nothing hidden, as {@code ..data} of a mounted volume. */
  private static boolean isDocument(Path file) {
    for (var part : file) {
      if (part.toString().startsWith(".")) {
        return false;
      }
    }
    return ENDINGS.stream().anyMatch(file.toString()::endsWith);
  }

  private static List<Document> file(Path file) throws IOException {
    try (var bytes = Files.newInputStream(file)) {
      return read(file.toString(), bytes);
    }
  }

  /** Never holds more than one byte beyond what a file may have. */
  private static List<Document> read(String name, InputStream stream) throws IOException {
    var bytes = stream.readNBytes(Documents.MAX_BYTES + 1);
    return Documents.read(name, bytes);
  }
}
