package dev.meshseal.testbed.kubernetes;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A process that ends with this JVM, however this JVM ends: it, or the shell around it, watches its
 * standard input. What it says on standard error goes to a log.
 */
final class ChildProcess {
  private static final long SECONDS_TO_START = 120;
  private static final long SECONDS_TO_END = 30;

  // For a program that does not watch its standard input: the shell does, and ends it.
  private static final String WATCH =
      """
      exec 3<&0 >&2
      "$@" </dev/null 3<&- &
      child=$!
      (while read -r line <&3; do :; done; kill "$child") >/dev/null 2>&1 &
      wait "$child"
      """;

  private final Process process;
  private final Path log;

  private ChildProcess(Process process, Path log) {
    this.process = process;
    this.log = log;
  }

  /** A program of ours, that ends when its standard input is closed. */
  static ChildProcess start(List<String> command, Map<String, String> environment, Path log) {
    try {
      Files.createDirectories(log.toAbsolutePath().getParent());
      var builder = new ProcessBuilder(command);
      builder.environment().putAll(environment);
      builder.redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()));
      return new ChildProcess(builder.start(), log);
    } catch (IOException e) {
      throw new UncheckedIOException("could not start " + command.getFirst(), e);
    }
  }

  /** A program of others. What it says on standard output goes to the log too. */
  static ChildProcess startWatched(
      List<String> command, Map<String, String> environment, Path log) {
    var watched = new ArrayList<>(List.of("/bin/sh", "-c", WATCH, "sh"));
    watched.addAll(command);
    return start(watched, environment, log);
  }

  /** The first line of its standard output, which says that it is ready. */
  String firstLine() {
    var line = CompletableFuture.supplyAsync(this::readLine, Thread::startVirtualThread);
    try {
      return line.get(SECONDS_TO_START, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for a process to be ready", e);
    } catch (ExecutionException | TimeoutException notReady) {
      stop();
      throw new AssertionError("a process did not become ready; its log: " + log, notReady);
    }
  }

  private String readLine() {
    try {
      var line = process.inputReader(StandardCharsets.UTF_8).readLine();
      if (line == null) {
        throw new AssertionError("it ended; the end of its log:\n" + logEnd());
      }
      return line;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String logEnd() throws IOException {
    var lines = Files.readAllLines(log);
    return String.join("\n", lines.subList(Math.max(0, lines.size() - 30), lines.size()));
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** Ends it as an orderly shutdown does, and waits. */
  void stop() {
    try {
      process.getOutputStream().close();
    } catch (IOException alreadyEnded) {
      process.destroy();
    }
    awaitEnd();
  }

  /** Ends it as the kernel's out-of-memory killer would. */
  void kill() {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
    awaitEnd();
  }

  private void awaitEnd() {
    try {
      if (!process.waitFor(SECONDS_TO_END, TimeUnit.SECONDS)) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      process.destroyForcibly();
    }
  }
}
