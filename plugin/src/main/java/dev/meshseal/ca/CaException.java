package dev.meshseal.ca;

/**
 * An authority could not be opened, or did not issue. The message is a sentence for the operator:
 * what failed, for which mesh, backend and data plane, both values, and what to do.
 */
public final class CaException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Whether asking again may help. */
  public enum Kind {
    /** Asking again with the same input cannot help. */
    REJECTED,
    /** It may help to ask again later. */
    UNAVAILABLE
  }

  private final Kind kind;
  private final boolean ended;

  private CaException(Kind kind, String message, Throwable cause) {
    super(message, cause);
    this.kind = kind;
    this.ended = false;
  }

  private CaException(Kind kind, String message) {
    this(kind, message, false);
  }

  private CaException(Kind kind, String message, boolean ended) {
    super(message);
    this.kind = kind;
    this.ended = ended;
  }

  /** Rejected, because a certificate of the authority has ended: no leaf under it is good. */
  public static CaException ended(String message) {
    return new CaException(Kind.REJECTED, message, true);
  }

  public static CaException rejected(String message) {
    return new CaException(Kind.REJECTED, message);
  }

  public static CaException rejected(String message, Throwable cause) {
    return new CaException(Kind.REJECTED, message, cause);
  }

  public static CaException unavailable(String message) {
    return new CaException(Kind.UNAVAILABLE, message);
  }

  public static CaException unavailable(String message, Throwable cause) {
    return new CaException(Kind.UNAVAILABLE, message, cause);
  }

  public Kind kind() {
    return kind;
  }

  /** Whether the authority has ended: nobody needs to trust it any more. */
  public boolean hasEnded() {
    return ended;
  }

  /** Never null: there is no refusal without a sentence. */
  @Override
  public String getMessage() {
    return String.valueOf(super.getMessage());
  }
}
