package dev.meshseal.cli;

import dev.meshseal.cli.demo.DemoView;
import dev.meshseal.cli.demo.SidecarView;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;

/** A table that is written over itself. */
final class DemoTable implements DemoScreen {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("HH:mm:ss").withZone(ZoneId.systemDefault());

  private final Console console;
  private int lines;

  DemoTable(Console console) {
    this.console = console;
  }

  @Override
  public void show(DemoView view, Instant now) {
    var text = text(view, now);
    if (lines > 0) {
      // Up over the last table, and away with it (ECMA-48, CUU and ED).
      console.out().print("\u001b[%dA\u001b[J".formatted(lines));
    }
    console.out().print(text);
    console.flush();
    lines = Math.toIntExact(text.lines().count());
  }

  static String text(DemoView view, Instant now) {
    var table = new Table("SIDECAR", "SERIAL", "SINCE", "EXPIRES IN", "ROTATIONS", "REJECTED");
    for (var sidecar : view.sidecars()) {
      table.row(
          sidecar.name(),
          shortSerial(sidecar),
          TIME.format(sidecar.since()),
          expiresIn(sidecar, now),
          String.valueOf(sidecar.rotations()),
          String.valueOf(sidecar.rejected()));
    }
    return "%n%s%n%s%n".formatted(table.render(), requests(view));
  }

  static String requests(DemoView view) {
    return "requests web to backend, each on a new connection: %d ok, %d failed"
        .formatted(view.requests().ok(), view.requests().failed());
  }

  static String shortSerial(SidecarView sidecar) {
    var serial = sidecar.certificate().serial();
    return serial.length() > 12 ? serial.substring(0, 12) + "…" : serial;
  }

  static String expiresIn(SidecarView sidecar, Instant now) {
    return Duration.between(now, sidecar.certificate().expires()).toSeconds() + "s";
  }
}
