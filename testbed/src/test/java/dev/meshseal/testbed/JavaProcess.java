package dev.meshseal.testbed;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** A main class of ours as a process of its own, that starts fast and can be killed. */
public final class JavaProcess implements AutoCloseable {
  private final Process process;
  private final BufferedReader out;

  private JavaProcess(Process process) {
    this.process = process;
    this.out = process.inputReader(StandardCharsets.UTF_8);
  }

  /**
   * @param temporary where it may leave what a killed process cannot remove
   */
  public static JavaProcess start(Path temporary, Class<?> main, String... arguments)
      throws IOException {
    Files.createDirectories(temporary);
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of("-Xshare:auto", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx96m"));
    command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-Djava.io.tmpdir=" + temporary));
    command.addAll(List.of("-Dslf4j.internal.verbosity=ERROR", "-cp", classPath(), main.getName()));
    command.addAll(List.of(arguments));
    return new JavaProcess(
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start());
  }

  // The native provider and the logger take longer to start than all that is tested here.
  private static String classPath() {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
        .filter(entry -> !entry.contains("AmazonCorretto") && !entry.contains("logback"))
        .collect(Collectors.joining(File.pathSeparator));
  }

  /** Waits, and then kills as the kernel would; at once where it has ended by itself. */
  void killAfter(Duration delay) throws InterruptedException {
    process.waitFor(delay.toNanos(), TimeUnit.NANOSECONDS);
    // By the handle: Process itself would throw away what it has said.
    process.toHandle().destroyForcibly();
    process.waitFor();
  }

  long pid() {
    return process.pid();
  }

  public String readLine() throws IOException {
    var line = out.readLine();
    if (line == null) {
      throw new AssertionError("the process ended instead of answering");
    }
    return line;
  }

  /** All it has said, once it has ended; a line that was cut off is left out. */
  List<String> wholeLines() throws IOException {
    var text = new StringBuilder();
    for (var c = out.read(); c >= 0; c = out.read()) {
      text.append((char) c);
    }
    return text.substring(0, text.lastIndexOf("\n") + 1).lines().toList();
  }

  public void say(String line) {
    var in = new PrintWriter(process.outputWriter(StandardCharsets.UTF_8));
    in.println(line);
    in.flush();
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
