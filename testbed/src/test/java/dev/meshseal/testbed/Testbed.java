package dev.meshseal.testbed;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * Where the components are that {@code testbed/up} has installed. A missing one is installed; one
 * that cannot be fails the test with the command to try, and is never skipped.
 */
public final class Testbed {
  private static final ConcurrentHashMap<String, Path> FOUND = new ConcurrentHashMap<>();

  private Testbed() {}

  /** The path that {@code testbed/up COMPONENT} prints; blocks while it installs. */
  public static Path path(String component) {
    return FOUND.computeIfAbsent(component, Testbed::up);
  }

  private static Path up(String component) {
    try {
      var process =
          new ProcessBuilder(script().toString(), component)
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      var said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      var exit = process.waitFor();
      if (exit != 0 || !said.startsWith(component + "=")) {
        throw new AssertionError(
            "the test needs %s, and 'testbed/up %s' failed with exit code %d; run it by hand"
                .formatted(component, component, exit));
      }
      return Path.of(said.strip().substring(component.length() + 1));
    } catch (IOException e) {
      throw new UncheckedIOException("could not run 'testbed/up %s'".formatted(component), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while installing " + component, e);
    }
  }

  /** From the repository's root or from a module of it, as Maven and editors start tests. */
  private static Path script() {
    return Stream.of(Path.of("testbed", "up"), Path.of("up"), Path.of("..", "testbed", "up"))
        .filter(Files::isExecutable)
        .findFirst()
        .orElseThrow(() -> new AssertionError("testbed/up is not in this work tree"))
        .toAbsolutePath();
  }
}
