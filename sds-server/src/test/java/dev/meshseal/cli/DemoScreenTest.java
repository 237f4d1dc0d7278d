package dev.meshseal.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meshseal.cli.demo.DemoView;
import dev.meshseal.cli.demo.EnvoyCertificate;
import dev.meshseal.cli.demo.RequestLoop;
import dev.meshseal.cli.demo.SidecarView;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class DemoScreenTest {
  private static final Instant NOON = Instant.parse("2026-11-23T12:00:00Z");

  private final StringWriter out = new StringWriter();
  private final Console console =
      new Console(
          InputStream.nullInputStream(),
          new PrintWriter(out),
          new PrintWriter(new StringWriter()),
          Map.of(),
          false);

  @Test
  void aTableIsWrittenOverTheLastOne() {
    var table = new DemoTable(console);

    table.show(view("aa", 0, 10), NOON);
    table.show(view("bb", 1, 20), NOON);

    assertThat(out.toString())
        .containsSubsequence("SIDECAR", "aa", "10 ok, 0 failed", "\u001b[5A\u001b[J", "bb")
        .containsOnlyOnce("\u001b[J");
  }

  @Test
  void aLineIsWrittenForEachNewCertificateAndEveryTenSeconds() {
    var lines = new DemoLines(console);

    lines.show(view("aa", 0, 10), NOON);
    lines.show(view("aa", 0, 11), NOON.plusSeconds(1));
    lines.show(view("bb", 1, 12), NOON.plusSeconds(2));
    lines.show(view("bb", 1, 13), NOON.plusSeconds(10));

    assertThat(out.toString().lines())
        .containsExactly(
            "web: certificate aa for spiffe://default/web, expires in 60s, rejected 0",
            "requests web to backend, each on a new connection: 10 ok, 0 failed",
            "web: rotation 1, now bb for spiffe://default/web, expires in 58s, rejected 0",
            "requests web to backend, each on a new connection: 13 ok, 0 failed");
  }

  @Test
  void theRotationsOfAllAreThoseOfTheLast() {
    var view =
        new DemoView(List.of(sidecar("web", "aa", 3), sidecar("backend", "bb", 2)), count(1));

    assertThat(view.rotations()).isEqualTo(2);
  }

  private static DemoView view(String serial, int rotations, long ok) {
    return new DemoView(List.of(sidecar("web", serial, rotations)), count(ok));
  }

  private static SidecarView sidecar(String name, String serial, int rotations) {
    var certificate =
        new EnvoyCertificate(
            serial, List.of("spiffe://default/" + name), NOON, NOON.plusSeconds(60));
    return new SidecarView(name, certificate, NOON, rotations, 0);
  }

  private static RequestLoop.Count count(long ok) {
    return new RequestLoop.Count(ok, 0, Optional.empty());
  }
}
