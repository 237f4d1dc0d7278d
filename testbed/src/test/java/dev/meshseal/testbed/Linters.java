package dev.meshseal.testbed;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The programs that {@code testbed/linters.sh} installs; one that is missing fails the test. */
record Linters(String site, String zlint, String peer) {
  /** Blocks while it installs, which takes about a minute the first time. */
  static Linters up() {
    try {
      var process =
          new ProcessBuilder(script().toString())
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      var said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (process.waitFor() != 0) {
        throw new AssertionError("'testbed/linters.sh' failed; run it by hand to see why");
      }
      var paths = paths(said);
      return new Linters(
          paths.getOrDefault("pkilint", ""),
          paths.getOrDefault("zlint", ""),
          paths.getOrDefault("peer", ""));
    } catch (IOException e) {
      throw new UncheckedIOException("could not run 'testbed/linters.sh'", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while installing the linters", e);
    }
  }

  private static Map<String, String> paths(String said) {
    var paths = new HashMap<String, String>();
    said.lines().map(line -> line.split("=", 2)).forEach(pair -> paths.put(pair[0], pair[1]));
    return paths;
  }

  /** What pkilint finds from warnings up, as JSON; its exit code counts the findings. */
  String pkilint(Path certificate) throws IOException, InterruptedException {
    return Command.run(
            List.of(
                "python3",
                "-m",
                "pkilint.bin.lint_pkix_cert",
                "lint",
                "-s",
                "WARNING",
                "-f",
                "JSON",
                certificate.toString()),
            Map.of("PYTHONPATH", site, "PYTHONDONTWRITEBYTECODE", "1"))
        .output();
  }

  private static Path script() {
    return Stream.of("testbed/linters.sh", "linters.sh", "../testbed/linters.sh")
        .map(Path::of)
        .filter(Files::isExecutable)
        .findFirst()
        .orElseThrow(() -> new AssertionError("testbed/linters.sh is not in this work tree"))
        .toAbsolutePath();
  }
}
