package dev.meshseal.server.files;

import dev.meshseal.mesh.Documents;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** What a small file holds; of a larger one, its beginning. Prints none of it. */
final class FileContent {
  /** A larger file is not read to its end. */
  static final int MAX_BYTES = Documents.MAX_BYTES;

  private final byte[] bytes;

  private FileContent(byte[] bytes) {
    this.bytes = bytes;
  }

  /** At most {@link #MAX_BYTES} and one more; only of a regular file, as others may never end. */
  static FileContent read(Path file) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new IOException(Files.exists(file) ? "not a regular file" : "no such file");
    }
    try (var in = Files.newInputStream(file)) {
      return new FileContent(in.readNBytes(MAX_BYTES + 1));
    }
  }

  byte[] bytes() {
    return bytes.clone();
  }

  boolean isTooLarge() {
    return bytes.length > MAX_BYTES;
  }

  String hash() {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException absent) {
      throw new IllegalStateException("every Java has SHA-256", absent);
    }
  }

  /** The reason alone: the file's name is said by who asks. */
  static String reason(IOException failure) {
    return switch (failure) {
      case NoSuchFileException missing -> "no such file";
      case FileNotFoundException missing -> "no such file";
      case AccessDeniedException denied -> "permission denied";
      case FileSystemException other -> String.valueOf(other.getReason());
      default -> String.valueOf(failure.getMessage());
    };
  }
}
