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

  private CaException(Kind kind, String message, Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  private CaException(Kind kind, String message) {
    super(message);
    this.kind = kind;
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

  /** Never null: there is no refusal without a sentence. */
  @Override
  public String getMessage() {
    return String.valueOf(super.getMessage());
  }
}
