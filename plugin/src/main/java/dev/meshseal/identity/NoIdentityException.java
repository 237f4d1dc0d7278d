package dev.meshseal.identity;

/** A proxy lacks what its mesh needs to write its identity; the message says what. */
public final class NoIdentityException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public NoIdentityException(String message) {
    super(message);
  }

  /** Never null: there is no refusal without a sentence. */
  @Override
  public String getMessage() {
    return String.valueOf(super.getMessage());
  }
}
