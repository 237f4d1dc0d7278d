package dev.meshseal.server.auth;

/** A credential is missing or wrong; the message is for the log, and holds no part of a token. */
public final class NotAuthenticatedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Why, in one word, for the metric. */
  public enum Reason {
    MISSING,
    MALFORMED,
    ALGORITHM,
    UNKNOWN_KEY,
    SIGNATURE,
    EXPIRED,
    NOT_YET_VALID,
    REVOKED,
    PEER
  }

  private final Reason reason;

  public NotAuthenticatedException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  public Reason reason() {
    return reason;
  }
}
