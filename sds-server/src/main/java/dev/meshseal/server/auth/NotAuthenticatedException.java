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
    PEER,
    /** A token for somebody else. */
    AUDIENCE,
    /** A service account's token that is not one pod's own. */
    NOT_BOUND,
    /** The pod is no longer what it was. */
    GONE,
    /** A token of another cluster. */
    FOREIGN,
    /** Nobody could say whether it is good; asking again may help. */
    UNAVAILABLE
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
