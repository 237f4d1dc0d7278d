package dev.meshseal.server.auth;

/** A good credential, but not for this mesh, name or these tags; the message says both. */
public final class NotPermittedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public NotPermittedException(String message) {
    super(message);
  }
}
