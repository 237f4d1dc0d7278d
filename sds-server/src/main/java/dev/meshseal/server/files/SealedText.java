package dev.meshseal.server.files;

import dev.meshseal.x509.Fingerprint;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A text file of ours: a first line that says what it is, in which format, and the hash of the
 * rest. So a truncated, altered, misplaced, foreign or newer file is known as such, and refused by
 * its name.
 *
 * @param kind what the file holds, as in {@code "signing key"}
 */
record SealedText(String kind, int format) {
  private static final int LARGEST = 4 * 1024 * 1024;
  private static final Pattern FIRST_LINE =
      Pattern.compile(
          "# meshseal (?<kind>[a-z ]{1,40}), format (?<format>\\d{1,9}), sha256 (?<hash>[0-9a-f]{64})");

  byte[] seal(String body) {
    var first = "# meshseal %s, format %d, sha256 %s\n".formatted(kind, format, hash(format, body));
    return (first + body).getBytes(StandardCharsets.UTF_8);
  }

  /**
   * The body of a file of this kind; empty where there is no file.
   *
   * @throws DataDirectoryException if there is one, and it is not whole, not ours or newer
   */
  Optional<String> read(Path file) {
    try {
      return Optional.of(open(file, bytes(file)));
    } catch (NoSuchFileException none) {
      return Optional.empty();
    } catch (IOException e) {
      throw new DataDirectoryException(
          "file '%s' cannot be read: %s".formatted(file, IoReason.of(e)), e);
    }
  }

  private static byte[] bytes(Path file) throws IOException {
    try (var in = Files.newInputStream(file)) {
      var bytes = in.readNBytes(LARGEST + 1);
      if (bytes.length > LARGEST) {
        throw new DataDirectoryException(
            "file '%s' has more than the %d bytes that are read; it is not a file of meshseal"
                .formatted(file, LARGEST));
      }
      return bytes;
    }
  }

  private String open(Path file, byte[] bytes) {
    var text = new String(bytes, StandardCharsets.UTF_8);
    var end = text.indexOf('\n');
    var line = FIRST_LINE.matcher(end < 0 ? "" : text.substring(0, end));
    if (!line.matches()) {
      throw new DataDirectoryException(
          "file '%s' is not a %s of meshseal, or its first line is damaged; restore it from a backup, or move it away"
              .formatted(file, kind));
    }
    if (!line.group("kind").equals(kind)) {
      throw new DataDirectoryException(
          "file '%s' holds a %s where a %s belongs; move it away"
              .formatted(file, line.group("kind"), kind));
    }
    requireFormat(file, Integer.parseInt(line.group("format")));
    var body = text.substring(end + 1);
    requireWhole(file, line.group("hash"), hash(Integer.parseInt(line.group("format")), body));
    return body;
  }

  private String hash(int format, String body) {
    return Fingerprint.of(kind + "\n" + format + "\n" + body);
  }

  private void requireFormat(Path file, int found) {
    if (found > format) {
      throw new DataDirectoryException(
          "file '%s' was written by a newer version: it has format %d, and this version reads %d; run the newer version"
              .formatted(file, found, format));
    }
  }

  private static void requireWhole(Path file, String promised, String found) {
    if (!found.equals(promised)) {
      throw new DataDirectoryException(
          "file '%s' is damaged: its first line promises content with SHA-256 %s, and it has %s; restore it from a backup"
              .formatted(file, shorten(promised), shorten(found)));
    }
  }

  private static String shorten(String hash) {
    return hash.substring(0, 16) + "…";
  }
}
