package dev.meshseal.server.files;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.Optional;

/** Why a file could not be used, in words; Java's own messages are often the name alone. */
final class IoReason {
  private IoReason() {}

  static String of(IOException e) {
    return switch (e) {
      case NoSuchFileException missing -> "there is no '%s'".formatted(missing.getFile());
      case AccessDeniedException denied -> "this user may not use '%s'".formatted(denied.getFile());
      case NotDirectoryException file -> "'%s' is not a folder".formatted(file.getFile());
      case FileSystemException other ->
          Optional.ofNullable(other.getReason()).orElse(other.getClass().getSimpleName());
      default -> String.valueOf(e.getMessage());
    };
  }
}
