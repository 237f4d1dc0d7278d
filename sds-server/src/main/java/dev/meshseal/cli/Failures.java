package dev.meshseal.cli;

import dev.meshseal.ca.CaException;
import dev.meshseal.mesh.InvalidMeshException;
import dev.meshseal.server.files.DataDirectoryException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/** What an exception means to the person at the terminal. */
final class Failures {
  /** How a command ends. */
  record Failure(int exitCode, String sentence) {}

  private Failures() {}

  static Failure read(Exception failure) {
    return switch (failure) {
      case CliException told -> new Failure(told.exitCode(), message(told));
      case InvalidMeshException invalid -> new Failure(ExitCode.NO, message(invalid));
      case CaException refused ->
          new Failure(
              switch (refused.kind()) {
                case REJECTED -> ExitCode.NO;
                case UNAVAILABLE -> ExitCode.UNREACHABLE;
              },
              message(refused));
      case DataDirectoryException refused -> new Failure(ExitCode.NO, message(refused));
      case UncheckedIOException wrapped -> new Failure(ExitCode.NO, wrapped(wrapped));
      case IOException io -> new Failure(ExitCode.NO, file(io));
      case IllegalArgumentException wrong -> new Failure(ExitCode.NO, message(wrong));
      default ->
          new Failure(
              ExitCode.NO,
              "internal error: %s; run again with --verbose and report it".formatted(failure));
    };
  }

  private static String wrapped(UncheckedIOException failure) {
    var cause = failure.getCause();
    return cause == null ? message(failure) : file(cause);
  }

  private static String file(IOException io) {
    return switch (io) {
      case NoSuchFileException missing -> "there is no file '%s'".formatted(missing.getFile());
      case AccessDeniedException denied ->
          "file '%s' may not be read or written by this user".formatted(denied.getFile());
      case FileAlreadyExistsException exists ->
          "file '%s' exists already".formatted(exists.getFile());
      case FileSystemException other ->
          "file '%s' cannot be used: %s"
              .formatted(
                  other.getFile(),
                  other.getReason() == null ? other.getClass().getSimpleName() : other.getReason());
      default -> message(io);
    };
  }

  private static String message(Exception failure) {
    var message = failure.getMessage();
    return message == null || message.isBlank() ? failure.getClass().getSimpleName() : message;
  }
}
