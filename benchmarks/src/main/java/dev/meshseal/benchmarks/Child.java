package dev.meshseal.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A process that the run has started, and ends. */
final class Child implements AutoCloseable {
  private static final Path JDK = Path.of(System.getProperty("java.home"), "bin");

  private final Process process;
  private final BufferedReader out;

  private Child(Process process) {
    this.process = process;
    this.out = process.inputReader(StandardCharsets.UTF_8);
  }

  /** Its standard output is read line by line, its errors go to a file. */
  static Child start(Path errors, List<String> command) {
    try {
      return new Child(
          new ProcessBuilder(command)
              .redirectError(ProcessBuilder.Redirect.appendTo(errors.toFile()))
              .start());
    } catch (IOException failed) {
      throw new UncheckedIOException(
          "'%s' cannot be started: %s".formatted(command.getFirst(), failed.getMessage()), failed);
    }
  }

  /** A class of this module in a Java of its own. */
  static Child java(Path errors, List<String> options, Class<?> main, List<String> arguments) {
    var command = new ArrayList<String>();
    command.add(JDK.resolve("java").toString());
    command.add("--enable-native-access=ALL-UNNAMED");
    command.addAll(options);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    command.addAll(arguments);
    return start(errors, command);
  }

  /** A command that ends by itself within a minute: its output. */
  static String output(List<String> command) {
    try {
      var process = new ProcessBuilder(command).redirectErrorStream(true).start();
      process.getOutputStream().close();
      var text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (!process.waitFor(1, TimeUnit.MINUTES) || process.exitValue() != 0) {
        process.destroyForcibly();
        throw new IllegalStateException("'%s' failed: %s".formatted(command, text.strip()));
      }
      return text;
    } catch (IOException failed) {
      throw new UncheckedIOException("'%s' cannot be run".formatted(command), failed);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while '%s' ran".formatted(command), interrupted);
    }
  }

  long pid() {
    return process.pid();
  }

  /** Says a line and reads the answer. */
  String ask(String line) {
    try {
      var in = process.outputWriter(StandardCharsets.UTF_8);
      in.write(line + "\n");
      in.flush();
      return readLine();
    } catch (IOException gone) {
      throw new UncheckedIOException("process %d reads no more".formatted(pid()), gone);
    }
  }

  String readLine() {
    try {
      var line = out.readLine();
      if (line == null) {
        throw new IllegalStateException(
            "process %d ended with exit code %d".formatted(pid(), process.waitFor()));
      }
      return line;
    } catch (IOException gone) {
      throw new UncheckedIOException("process %d says no more".formatted(pid()), gone);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for a process", interrupted);
    }
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** Bytes of living objects, after a full collection: the last line of the class histogram. */
  long liveHeap() {
    var histogram =
        output(List.of(JDK.resolve("jcmd").toString(), Long.toString(pid()), "GC.class_histogram"));
    var total = histogram.lines().filter(line -> line.startsWith("Total")).findFirst();
    var words = total.orElse("Total 0 0").strip().split("\\s+", -1);
    return Long.parseLong(words[2]);
  }

  /** Ends it at once, as a crash does. */
  void kill() {
    try {
      process.destroyForcibly().waitFor();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    try {
      process.destroy();
      if (!process.waitFor(15, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      process.destroyForcibly();
    }
  }
}
