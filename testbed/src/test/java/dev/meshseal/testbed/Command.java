package dev.meshseal.testbed;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** A program that ran to its end; both of what it said in one. */
public record Command(List<String> command, int exit, String output) {
  public static Command run(List<String> command) throws IOException, InterruptedException {
    return run(command, Map.of());
  }

  public static Command run(List<String> command, Map<String, String> environment)
      throws IOException, InterruptedException {
    var builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().putAll(environment);
    var process = builder.start();
    process.getOutputStream().close();
    var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Command(command, process.waitFor(), output);
  }

  /** What it said, if it succeeded. */
  public String requireZero() {
    if (exit != 0) {
      throw new AssertionError("%s ended with %d: %s".formatted(command, exit, output));
    }
    return output;
  }
}
