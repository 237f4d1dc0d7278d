package dev.meshseal.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;

/** How soon the server is ready, and how long a command takes. */
final class StartScenario implements Scenario {
  private static final int STARTS = 5;

  @Override
  public String name() {
    return "start";
  }

  @Override
  public void run(Context context, Results results) throws InterruptedException {
    var ready = new ArrayList<Double>();
    var validate = new ArrayList<Double>();
    Child.output(List.of(context.launcher().toString(), "version"));
    for (int i = 0; i < STARTS; i++) {
      try (var peer = context.meshseal("default")) {
        ready.add(peer.secondsToReady());
      }
      validate.add(secondsToValidate(context));
    }
    ready.forEach(seconds -> results.keep("seconds to ready", seconds));
    validate.forEach(seconds -> results.keep("seconds to validate one file", seconds));
    results.judge(
        Verdict.atMost(
            name(),
            "ready after start, archive in place, < 2 s",
            Median.of(ready),
            " s",
            2,
            "2 s"));
    results.judge(
        Verdict.atMost(
            name(), "validate of one file, < 0.6 s", Median.of(validate), " s", 0.6, "0.6 s"));
  }

  private static double secondsToValidate(Context context) {
    try {
      var file = Files.createTempFile(context.work(), "mesh", ".yaml");
      Files.writeString(
          file,
          """
          type: Mesh
          name: default
          mtls:
            enabledBackend: ca-1
            backends:
              - {name: ca-1, type: builtin}
          """);
      long start = System.nanoTime();
      Child.output(List.of(context.launcher().toString(), "validate", "-f", file.toString()));
      return (System.nanoTime() - start) / 1e9;
    } catch (IOException failed) {
      throw new UncheckedIOException("%s cannot be written".formatted(context.work()), failed);
    }
  }
}
