package dev.meshseal.benchmarks.fleet;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** What the kernel says of a process ({@code proc(5)}). */
public record ServerProcess(long pid) {
  /** User and system time so far, of all its threads, to ten milliseconds. */
  public double cpuSeconds() {
    var stat = read("stat");
    // The name of the program, in brackets, may hold spaces; the fields are counted after it.
    var fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / 100.0;
  }

  public Memory memory() {
    var status = read("status");
    return new Memory(kib(status, "VmRSS:"), kib(status, "RssAnon:"));
  }

  /** Resident memory in KiB: all of it, and without mapped files. */
  public record Memory(long rss, long anonymous) {
    public Memory minus(Memory before) {
      return new Memory(rss - before.rss, anonymous - before.anonymous);
    }
  }

  private String read(String file) {
    try {
      return Files.readString(Path.of("/proc", Long.toString(pid), file));
    } catch (IOException gone) {
      throw new UncheckedIOException(
          "process %d cannot be observed: %s".formatted(pid, gone.getMessage()), gone);
    }
  }

  private static long kib(String status, String field) {
    return status
        .lines()
        .filter(line -> line.startsWith(field))
        .findFirst()
        .map(
            line ->
                Long.parseLong(
                    line.substring(field.length())
                        .toLowerCase(Locale.ROOT)
                        .replace("kb", "")
                        .strip()))
        .orElseThrow(() -> new IllegalStateException("/proc has no field " + field));
  }
}
