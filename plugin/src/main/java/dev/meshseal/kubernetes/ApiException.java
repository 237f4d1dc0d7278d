package dev.meshseal.kubernetes;

/** A call to the API server failed; says why, and what can be done. */
public final class ApiException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient ApiFailure failure;

  public ApiException(ApiFailure failure, Throwable cause) {
    super(failure.message(), cause);
    this.failure = failure;
  }

  public ApiException(ApiFailure failure) {
    super(failure.message());
    this.failure = failure;
  }

  public ApiFailure failure() {
    return failure;
  }

  public ApiFailure.Kind kind() {
    return failure.kind();
  }

  /** Never null: there is no failure without a sentence. */
  @Override
  public String getMessage() {
    return failure.message();
  }
}
