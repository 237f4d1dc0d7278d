package dev.meshseal.cli;

import dev.meshseal.cli.demo.DemoView;
import dev.meshseal.cli.demo.SidecarView;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;

/** A line for each new certificate, and one every ten seconds; for logs and pipes. */
final class DemoLines implements DemoScreen {
  private static final Duration EVERY = Duration.ofSeconds(10);

  private final Console console;
  private final Map<String, String> serials = new HashMap<>();
  private Instant next = Instant.MIN;

  DemoLines(Console console) {
    this.console = console;
  }

  @Override
  public void show(DemoView view, Instant now) {
    for (var sidecar : view.sidecars()) {
      var serial = sidecar.certificate().serial();
      if (!serial.equals(serials.put(sidecar.name(), serial))) {
        console.print(certificate(sidecar, now));
      }
    }
    if (!now.isBefore(next)) {
      console.print(DemoTable.requests(view));
      next = now.plus(EVERY);
    }
    console.flush();
  }

  private static String certificate(SidecarView sidecar, Instant now) {
    return "%s: %s %s for %s, expires in %s, rejected %d"
        .formatted(
            sidecar.name(),
            sidecar.rotations() == 0 ? "certificate" : "rotation " + sidecar.rotations() + ", now",
            DemoTable.shortSerial(sidecar),
            sidecar.certificate().uris().stream().findFirst().orElse("-"),
            DemoTable.expiresIn(sidecar, now),
            sidecar.rejected());
  }
}
