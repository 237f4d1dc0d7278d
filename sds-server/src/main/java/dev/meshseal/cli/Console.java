package dev.meshseal.cli;

import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;

/**
 * Where a command reads and writes: answers go to {@code out}, everything else to {@code err}.
 *
 * @param environment the variables of the process
 * @param terminal whether a person watches
 */
record Console(
    InputStream in,
    PrintWriter out,
    PrintWriter err,
    Map<String, String> environment,
    boolean terminal) {

  Console {
    environment = Map.copyOf(environment);
  }

  // Which of the JDK's consoles is the default, and so whether there can be none, differs by
  // release.
  @SuppressWarnings("SystemConsoleNull")
  static Console ofProcess() {
    var console = System.console();
    return new Console(
        System.in,
        new PrintWriter(System.out, false, StandardCharsets.UTF_8),
        new PrintWriter(System.err, true, StandardCharsets.UTF_8),
        System.getenv(),
        console != null && console.isTerminal());
  }

  /** Whether colours may be used (no-color.org). */
  boolean colours() {
    return terminal
        && variable("NO_COLOR").isEmpty()
        && !variable("TERM").equals(Optional.of("dumb"));
  }

  /** A variable of the environment that is set and not empty. */
  Optional<String> variable(String name) {
    return Optional.ofNullable(environment.get(name)).filter(value -> !value.isEmpty());
  }

  /** One line of the answer. */
  void print(String line) {
    out.println(line);
  }

  /** One line that is no part of the answer. */
  void note(String line) {
    err.println(Words.clean(line));
  }

  /** An error, as every command writes it. */
  void error(String sentence) {
    err.println("meshseal: " + Words.clean(sentence));
  }

  void flush() {
    out.flush();
    err.flush();
  }
}
