package dev.meshseal.cli;

/**
 * Ends a command: one sentence on standard error, and an exit code. The sentence says what failed
 * and what to do; lower case, no final period.
 */
final class CliException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int exitCode;

  private CliException(int exitCode, String message) {
    super(message);
    this.exitCode = exitCode;
  }

  private CliException(int exitCode, String message, Throwable cause) {
    super(message, cause);
    this.exitCode = exitCode;
  }

  /** The input is invalid, or the answer is no. */
  static CliException no(String message) {
    return new CliException(ExitCode.NO, message);
  }

  static CliException no(String message, Throwable cause) {
    return new CliException(ExitCode.NO, message, cause);
  }

  static CliException wrongUsage(String message) {
    return new CliException(ExitCode.WRONG_USAGE, message);
  }

  static CliException unreachable(String message) {
    return new CliException(ExitCode.UNREACHABLE, message);
  }

  static CliException unreachable(String message, Throwable cause) {
    return new CliException(ExitCode.UNREACHABLE, message, cause);
  }

  int exitCode() {
    return exitCode;
  }
}
