package dev.meshseal.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** Where and with what the run was made: figures without it mean little. */
record Machine(
    String processor,
    int cores,
    String memory,
    String kernel,
    String java,
    String go,
    String openssl,
    String commit,
    String load) {

  static Machine here() {
    return new Machine(
        value("/proc/cpuinfo", "model name"),
        Runtime.getRuntime().availableProcessors(),
        value("/proc/meminfo", "MemTotal"),
        System.getProperty("os.name") + " " + System.getProperty("os.version"),
        System.getProperty("java.vm.name") + " " + Runtime.version(),
        tool("go", "version"),
        tool("openssl", "version"),
        tool("git", "rev-parse", "--short", "HEAD"),
        loadNow());
  }

  /** Of the last 1, 5 and 15 minutes. */
  static String loadNow() {
    var words = read(Path.of("/proc/loadavg")).split(" ", -1);
    return String.join(" ", Arrays.copyOf(words, 3));
  }

  private static String value(String file, String field) {
    return read(Path.of(file))
        .lines()
        .filter(line -> line.startsWith(field))
        .findFirst()
        .map(line -> line.substring(line.indexOf(':') + 1).strip())
        .orElse("unknown");
  }

  private static String tool(String... command) {
    try {
      return Child.output(Arrays.asList(command)).strip();
    } catch (RuntimeException missing) {
      return "none";
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException unreadable) {
      throw new UncheckedIOException("%s cannot be read".formatted(file), unreadable);
    }
  }
}
