package dev.meshseal.cli;

/** What the process says when it ends; the same for every command. */
final class ExitCode {
  static final int DONE = 0;

  /** The input is invalid, or the answer is no. */
  static final int NO = 1;

  static final int WRONG_USAGE = 2;

  /** The server, an authority or an API server could not be reached. */
  static final int UNREACHABLE = 3;

  private ExitCode() {}
}
