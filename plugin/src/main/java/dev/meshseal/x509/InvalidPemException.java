package dev.meshseal.x509;

/**
 * Text is not the certificates or the key that it should be. The message says what is wrong,
 * without any of the text, and fits behind the name of its place: "'conf.key' " + message.
 */
public final class InvalidPemException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public InvalidPemException(String message) {
    super(message);
  }

  public InvalidPemException(String message, Throwable cause) {
    super(message, cause);
  }
}
