package dev.meshseal.server.files;

/**
 * The data directory, or a file in it, cannot be used. The message names it, says why and what to
 * do; it holds nothing of what a file contains.
 */
public final class DataDirectoryException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  DataDirectoryException(String message) {
    super(message);
  }

  DataDirectoryException(String message, Throwable cause) {
    super(message, cause);
  }
}
