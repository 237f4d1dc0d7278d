package dev.meshseal.cli.demo;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * One running Envoy, its files in a folder of its own: {@code bootstrap.yaml}, {@code envoy.log}.
 * Closing it ends the process; the folder stays.
 */
public final class EnvoyProcess implements AutoCloseable {
  private static final Duration POLL = Duration.ofMillis(20);
  private static final Duration GRACE = Duration.ofSeconds(5);

  private final Process process;
  private final Path log;
  private final EnvoyAdmin admin;

  private EnvoyProcess(Process process, Path log, EnvoyAdmin admin) {
    this.process = process;
    this.log = log;
    this.admin = admin;
  }

  /**
   * Starts an Envoy and waits until its admin answers. It need not have its secrets by then: for
   * that there is {@link #awaitLive}.
   *
   * @param bootstrap with an admin port that is free, best 0
   * @throws IllegalStateException if it ends or does not answer, with the end of its log
   */
  public static EnvoyProcess start(Path binary, String bootstrap, Path folder, Duration deadline) {
    try {
      Files.createDirectories(folder);
      var config = folder.resolve("bootstrap.yaml");
      Files.deleteIfExists(config);
      // It holds the token.
      Files.createFile(
          config,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      Files.writeString(config, bootstrap);
      return start(binary, config, folder.resolve("envoy.log"), deadline);
    } catch (IOException e) {
      throw new UncheckedIOException("could not start %s: %s".formatted(binary, e.getMessage()), e);
    }
  }

  private static EnvoyProcess start(Path binary, Path config, Path log, Duration deadline)
      throws IOException {
    var address = config.resolveSibling("admin-address");
    Files.deleteIfExists(address);
    var process =
        new ProcessBuilder(
                List.of(
                    binary.toString(),
                    "-c",
                    config.toString(),
                    "--concurrency",
                    "1",
                    "--disable-hot-restart",
                    "--use-dynamic-base-id",
                    "--log-level",
                    "warning",
                    "--admin-address-path",
                    address.toString()))
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    try {
      return new EnvoyProcess(process, log, admin(process, address, log, deadline));
    } catch (RuntimeException e) {
      end(process);
      throw e;
    }
  }

  private static EnvoyAdmin admin(Process process, Path address, Path log, Duration deadline) {
    var until = System.nanoTime() + deadline.toNanos();
    while (true) {
      var text = Files.exists(address) ? read(address).strip() : "";
      // Envoy creates the file, then writes it: half an address has no port yet.
      if (text.matches(".*:\\d+")) {
        return new EnvoyAdmin(text);
      }
      if (!process.isAlive() || System.nanoTime() > until) {
        throw new IllegalStateException(
            "envoy %s; the end of its log:%n%s"
                .formatted(
                    process.isAlive() ? "did not start within " + deadline : "ended at once",
                    tail(log)));
      }
      pause();
    }
  }

  public EnvoyAdmin admin() {
    return admin;
  }

  public long pid() {
    return process.pid();
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  /**
   * Waits until every listener has its secrets and its port is open.
   *
   * @throws IllegalStateException if that is not within the deadline, with the end of the log
   */
  public EnvoyProcess awaitLive(Duration deadline) {
    var until = System.nanoTime() + deadline.toNanos();
    while (!admin.isLive()) {
      if (!process.isAlive() || System.nanoTime() > until) {
        throw new IllegalStateException(
            "envoy %s; the end of its log:%n%s"
                .formatted(
                    process.isAlive() ? "was not live within " + deadline : "ended", tail(log)));
      }
      pause();
    }
    return this;
  }

  /** Everything it has logged so far. */
  public String log() {
    return read(log);
  }

  private static String tail(Path log) {
    var lines = read(log).lines().toList();
    return String.join("\n", lines.subList(Math.max(0, lines.size() - 20), lines.size()));
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void pause() {
    try {
      TimeUnit.NANOSECONDS.sleep(POLL.toNanos());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for envoy", e);
    }
  }

  /** Asks the process to end, waits, and kills it if it has not. */
  @Override
  public void close() {
    end(process);
  }

  private static void end(Process process) {
    process.destroy();
    try {
      if (!process.waitFor(GRACE)) {
        process.destroyForcibly();
        process.waitFor();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
