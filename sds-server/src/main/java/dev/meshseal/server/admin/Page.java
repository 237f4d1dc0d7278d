package dev.meshseal.server.admin;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;

/** The page at {@code /}: no script, nothing loaded from anywhere, every text escaped. */
final class Page {
  private static final int ROWS = 1000;

  private static final String STYLE =
      """
      body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:90rem;padding:0 1rem;color:#1b1f24;background:#fff}
      h1{font-size:1.3rem}h2{font-size:1.05rem;margin-top:2rem}
      table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.25rem .75rem .25rem 0;border-bottom:1px solid #ddd;vertical-align:top}
      th{font-weight:600}code{font:13px ui-monospace,monospace}
      .bad{color:#a40000;font-weight:600}.soft{color:#666}meter{width:7rem}
      @media(prefers-color-scheme:dark){body{color:#ddd;background:#16181c}th,td{border-color:#333}.bad{color:#ff8080}.soft{color:#999}}
      """;

  /** Nothing but our own style sheet, by its hash (Content Security Policy 3, 2.3.1). */
  static final String POLICY =
      "default-src 'none'; style-src 'sha256-%s'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
          .formatted(hash(STYLE));

  private final StringBuilder html = new StringBuilder();
  private final Inspection inspection;
  private final Instant now;

  private Page(Inspection inspection) {
    this.inspection = inspection;
    this.now = inspection.server().now();
  }

  static String of(Inspection inspection) {
    return new Page(inspection).render();
  }

  private String render() {
    var server = inspection.server();
    html.append("<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">")
        .append("<meta http-equiv=\"refresh\" content=\"5\">")
        .append("<meta name=\"viewport\" content=\"width=device-width\">")
        .append("<title>Meshseal</title><style>")
        .append(STYLE)
        .append("</style></head><body><h1>Meshseal</h1>");
    var dataplanes = inspection.dataplanes();
    meshes();
    needsYou(dataplanes);
    backends();
    proxies(dataplanes);
    html.append("<p class=\"soft\">")
        .append(
            text(
                "version %s, commit %s; up since %s; the server's clock says %s; serves %s"
                    .formatted(
                        server.version(),
                        server.commit(),
                        server.startedAt(),
                        now,
                        server.listeners())))
        .append("</p></body></html>\n");
    return html.toString();
  }

  private void meshes() {
    head("Meshes", "Mesh", "Verdict", "Backend", "Roots");
    for (var report : MeshReport.all(inspection)) {
      var mesh = report.mesh();
      row(
          text(mesh.name()),
          mesh.problem().isPresent()
              ? bad(report.verdict()) + "<br>" + text(mesh.problem().get().message())
              : text(report.verdict()),
          text(mesh.enabledBackend().orElse("-")),
          mesh.bundle().roots().stream()
              .map(root -> code(BackendStep.shortened(root.fingerprint())))
              .reduce("", (left, right) -> left + " " + right));
    }
    end();
  }

  private void needsYou(List<DataplaneView> dataplanes) {
    var troubled =
        dataplanes.stream()
            .filter(dataplane -> Proxies.state(dataplane, now).compareTo(ProxyState.OK) < 0)
            .sorted(Comparator.comparing(dataplane -> Proxies.state(dataplane, now)))
            .limit(50)
            .toList();
    if (troubled.isEmpty()) {
      return;
    }
    head("Needs you", "Proxy", "State", "Why", "Code");
    for (var dataplane : troubled) {
      var explanation =
          Explanation.of(
              inspection,
              new dev.meshseal.identity.DataplaneId(dataplane.mesh(), dataplane.name()),
              java.util.Optional.empty());
      row(
          proxy(dataplane),
          bad(Proxies.state(dataplane, now).word()),
          text(
              explanation
                  .finding()
                  .map(finding -> finding.sentence() + " — " + finding.remedy())
                  .orElse("")),
          code(explanation.finding().map(Finding::code).orElse("")));
    }
    end();
  }

  private void backends() {
    head("Authorities", "Mesh", "Backend", "Type", "Ends", "Last success", "State");
    for (var backend : inspection.backends()) {
      row(
          text(backend.mesh()),
          text(backend.name() + (backend.enabled() ? "" : " (not enabled)")),
          text(backend.type()),
          text(
              backend.authorities().stream()
                  .map(BackendView.AuthorityView::notAfter)
                  .min(Comparator.naturalOrder())
                  .map(end -> Spans.from(now, end))
                  .orElse("-")),
          text(backend.lastSuccess().map(at -> Spans.from(now, at)).orElse("-")),
          backend
              .problem()
              .map(problem -> bad(problem.message()))
              .orElse(text(backend.opened() ? "open" : "not opened")));
    }
    end();
  }

  private void proxies(List<DataplaneView> dataplanes) {
    head(
        "Proxies (" + dataplanes.size() + ")",
        "Proxy",
        "State",
        "Form",
        "Issued",
        "Sent",
        "ACKed",
        "Left",
        "Ends",
        "Cause");
    dataplanes.stream()
        .flatMap(dataplane -> Proxies.certificates(dataplane, now).stream())
        .limit(ROWS)
        .forEach(this::certificate);
    end();
    if (dataplanes.size() > ROWS) {
      html.append("<p>")
          .append(text("the first %d; 'meshseal get certificates' shows all".formatted(ROWS)))
          .append("</p>");
    }
  }

  private void certificate(CertificateView certificate) {
    var isGood = certificate.state().compareTo(ProxyState.OK) >= 0;
    row(
        "<a href=\"/api/v1/dataplanes/%s/%s\">%s</a>"
            .formatted(
                text(certificate.mesh()),
                text(certificate.dataplane()),
                text(certificate.mesh() + "/" + certificate.dataplane())),
        isGood ? text(certificate.state().word()) : bad(certificate.state().word()),
        text(certificate.form()),
        code(shortened(certificate.issued().orElse("-"))),
        code(shortened(certificate.sent().orElse("-"))),
        code(shortened(certificate.acked().orElse("-"))),
        certificate.remaining().isPresent() ? meter(certificate.remaining().getAsDouble()) : "-",
        text(certificate.expiresAt().map(end -> Spans.from(now, end)).orElse("-")),
        text(certificate.cause().orElse("-")));
  }

  private static String meter(double remaining) {
    return "<meter low=\"0.2\" value=\"%.3f\">%.0f %%</meter>"
        .formatted(remaining, remaining * 100);
  }

  private static String shortened(String serial) {
    return serial.length() <= 8 ? serial : serial.substring(0, 8);
  }

  private static String proxy(DataplaneView dataplane) {
    return "<a href=\"/api/v1/dataplanes/%s/%s\">%s</a>"
        .formatted(text(dataplane.mesh()), text(dataplane.name()), text(dataplane.id()));
  }

  private void head(String title, String... columns) {
    html.append("<h2>").append(text(title)).append("</h2><table><tr>");
    for (var column : columns) {
      html.append("<th>").append(text(column)).append("</th>");
    }
    html.append("</tr>");
  }

  /** Cells are HTML already. */
  private void row(String... cells) {
    html.append("<tr>");
    for (var cell : cells) {
      html.append("<td>").append(cell).append("</td>");
    }
    html.append("</tr>");
  }

  private void end() {
    html.append("</table>");
  }

  private static String bad(String words) {
    return "<span class=\"bad\">" + text(words) + "</span>";
  }

  private static String code(String words) {
    return "<code>" + text(words) + "</code>";
  }

  /** Fit for the text of an element and for a quoted attribute. */
  static String text(String words) {
    var escaped = new StringBuilder(words.length() + 16);
    words
        .codePoints()
        .forEach(
            c -> {
              switch (c) {
                case '&' -> escaped.append("&amp;");
                case '<' -> escaped.append("&lt;");
                case '>' -> escaped.append("&gt;");
                case '"' -> escaped.append("&quot;");
                case '\'' -> escaped.append("&#39;");
                default -> escaped.appendCodePoint(Character.isISOControl(c) ? ' ' : c);
              }
            });
    return escaped.toString();
  }

  private static String hash(String style) {
    try {
      return Base64.getEncoder()
          .encodeToString(
              MessageDigest.getInstance("SHA-256").digest(style.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("every JDK has SHA-256", impossible);
    }
  }
}
