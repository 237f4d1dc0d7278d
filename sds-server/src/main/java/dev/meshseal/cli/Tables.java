package dev.meshseal.cli;

import dev.meshseal.server.admin.BackendView;
import dev.meshseal.server.admin.BackendView.AuthorityView;
import dev.meshseal.server.admin.CertificateView;
import dev.meshseal.server.admin.DataplaneReport;
import dev.meshseal.server.admin.MeshReport;
import dev.meshseal.server.admin.ProblemView;
import dev.meshseal.server.admin.ProxyState;
import dev.meshseal.server.admin.Spans;
import dev.meshseal.server.admin.StreamView;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/** What {@code get} shows to people, by the server's clock. */
final class Tables {
  private Tables() {}

  static String of(GetCommand.What what, AdminClient client, List<JsonNode> items, JsonNode all) {
    var now = client.convert(all.path("now"), Instant.class);
    return switch (what) {
      case MESHES -> meshes(read(client, items, MeshReport.class));
      case DATAPLANES -> dataplanes(read(client, items, DataplaneReport.class), now);
      case CERTIFICATES -> certificates(read(client, items, CertificateView.class), now);
      case BACKENDS -> backends(read(client, items, BackendView.class), now);
    };
  }

  private static <T> Stream<T> read(AdminClient client, List<JsonNode> items, Class<T> type) {
    return items.stream().map(item -> client.convert(item, type));
  }

  private static String meshes(Stream<MeshReport> meshes) {
    var table = new Table("MESH", "MTLS", "MODE", "PROXIES", "ROOTS", "VERDICT");
    meshes.forEach(
        report ->
            table.row(
                report.mesh().name(),
                report.mesh().enabledBackend().orElse("off"),
                report.mesh().mode().orElse("").toLowerCase(java.util.Locale.ROOT),
                Integer.toString(connected(report)),
                Integer.toString(report.mesh().bundle().roots().size()),
                report.verdict()));
    return table.render();
  }

  private static int connected(MeshReport report) {
    return report.proxies().entrySet().stream()
        .filter(entry -> !entry.getKey().equals(ProxyState.AWAY.word()))
        .mapToInt(java.util.Map.Entry::getValue)
        .sum();
  }

  private static String dataplanes(Stream<DataplaneReport> dataplanes, Instant now) {
    var table =
        new Table(
            "DATAPLANE", "STATE", "SPIFFE ID", "STREAMS", "CONNECTED", "CREDENTIAL ENDS", "ENVOY");
    dataplanes.forEach(
        report -> {
          var streams = report.dataplane().streams();
          table.row(
              report.dataplane().id(),
              report.state().word(),
              report.dataplane().spiffeId().orElse(""),
              Integer.toString(streams.size()),
              first(streams.stream().map(StreamView::since), now),
              first(streams.stream().flatMap(stream -> stream.credentialExpiresAt().stream()), now),
              streams.stream().map(StreamView::userAgent).findFirst().orElse(""));
        });
    return table.render();
  }

  private static String certificates(Stream<CertificateView> certificates, Instant now) {
    var table =
        new Table(
            "DATAPLANE",
            "FORM",
            "STATE",
            "ISSUED",
            "SENT",
            "ACKED",
            "BACKEND",
            "ENDS",
            "LEFT",
            "CAUSE",
            "WHY");
    certificates.forEach(
        leaf ->
            table.row(
                leaf.mesh() + "/" + leaf.dataplane(),
                leaf.form(),
                leaf.state().word(),
                shortened(leaf.issued()),
                shortened(leaf.sent()),
                shortened(leaf.acked()),
                leaf.backend().orElse(""),
                leaf.expiresAt().map(end -> Spans.from(now, end)).orElse(""),
                leaf.remaining().isPresent()
                    ? "%.0f%%".formatted(leaf.remaining().getAsDouble() * 100)
                    : "",
                leaf.cause().orElse(""),
                leaf.nack().or(leaf::problem).orElse("")));
    return table.render();
  }

  private static String backends(Stream<BackendView> backends, Instant now) {
    var table =
        new Table(
            "BACKEND",
            "TYPE",
            "ENABLED",
            "STATE",
            "CA ENDS",
            "LEAF",
            "GOT",
            "LAST SUCCESS",
            "UNDER WAY",
            "FAILING",
            "PROBLEM");
    backends.forEach(
        backend ->
            table.row(
                backend.mesh() + "/" + backend.name(),
                backend.type(),
                backend.enabled() ? "yes" : "no",
                state(backend),
                first(backend.authorities().stream().map(AuthorityView::notAfter), now),
                Spans.of(backend.leafLifetime()),
                backend.lastLifetime().map(Spans::of).orElse(""),
                backend.lastSuccess().map(at -> Spans.from(now, at)).orElse(""),
                underWay(backend),
                Integer.toString(backend.failingProxies()),
                backend.problem().map(ProblemView::message).or(backend::warning).orElse("")));
    return table.render();
  }

  private static String underWay(BackendView backend) {
    return "%,d%s"
        .formatted(
            backend.underWay(),
            backend.remaining().map(Spans::of).map(", about %s"::formatted).orElse(""));
  }

  private static String state(BackendView backend) {
    if (!backend.opened()) {
      return "not opened";
    }
    return backend.breaker().isPresent() ? "left alone" : "open";
  }

  private static String first(Stream<Instant> instants, Instant now) {
    return instants.min(Instant::compareTo).map(instant -> Spans.from(now, instant)).orElse("");
  }

  private static String shortened(Optional<String> serial) {
    return serial.map(hex -> hex.length() <= 8 ? hex : hex.substring(0, 8)).orElse("");
  }
}
