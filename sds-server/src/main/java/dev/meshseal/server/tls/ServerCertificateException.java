package dev.meshseal.server.tls;

/** The server's own certificate cannot be used; the message says which file and why. */
public final class ServerCertificateException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  ServerCertificateException(String message) {
    super(message);
  }

  ServerCertificateException(String message, Throwable cause) {
    super(message, cause);
  }

  /** Never null: there is no refusal without a sentence. */
  @Override
  public String getMessage() {
    return String.valueOf(super.getMessage());
  }
}
