package dev.meshseal.cli;

import java.io.ByteArrayInputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** Runs command lines inside this process and keeps what they write. */
final class Shell {
  record Result(int exitCode, String out, String err) {}

  private final Map<String, String> environment;
  private final String input;

  Shell() {
    this(Map.of(), "");
  }

  Shell(Map<String, String> environment, String input) {
    this.environment = environment;
    this.input = input;
  }

  Result run(String... arguments) {
    var out = new StringWriter();
    var err = new StringWriter();
    var console =
        new Console(
            new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)),
            new PrintWriter(out, false),
            new PrintWriter(err, true),
            environment,
            false);
    var exitCode = Meshseal.execute(console, arguments);
    return new Result(exitCode, out.toString(), err.toString());
  }
}
