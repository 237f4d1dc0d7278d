package dev.meshseal.server.admin;

import dev.meshseal.identity.DataplaneId;
import dev.meshseal.server.admin.Request.Method;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** From a path to an answer. */
final class Router {
  private static final Logger LOG = LoggerFactory.getLogger(Router.class);
  private static final String TEXT = "text/plain; charset=utf-8";

  /** The text format of Prometheus, 0.0.4. */
  private static final String METRICS = "text/plain; version=0.0.4; charset=utf-8";

  private final Inspection inspection;
  private final Renewals renewals;
  private final Metrics metrics;

  Router(Inspection inspection, Renewals renewals, Metrics metrics) {
    this.inspection = inspection;
    this.renewals = renewals;
    this.metrics = metrics;
  }

  /** Whether an answer costs nothing, so that it is given whatever else is asked. */
  boolean isCheap(Request request) {
    return request.path().equals(List.of("healthz")) || request.path().equals(List.of("readyz"));
  }

  Response route(Request request) {
    var path = request.path();
    if (path.size() == 5 && path.subList(0, 3).equals(List.of("api", "v1", "meshes"))) {
      return path.get(4).equals("renew") ? renew(request, path.get(3)) : nothing();
    }
    if (request.method() == Method.POST) {
      return Response.error(405, "only GET is known here").with("Allow", "GET, HEAD");
    }
    return switch (path.size()) {
      case 0 -> page(request);
      case 1 -> top(request, path.getFirst());
      case 3, 4, 5 ->
          path.subList(0, 2).equals(List.of("api", "v1")) ? api(request, path) : nothing();
      default -> nothing();
    };
  }

  private Response page(Request request) {
    allow(request, Set.of());
    return Response.text(200, "text/html; charset=utf-8", Page.of(inspection));
  }

  private Response top(Request request, String name) {
    return switch (name) {
      case "healthz" -> Response.text(200, TEXT, "ok\n");
      case "readyz" -> ready();
      case "metrics" -> {
        allow(request, Set.of());
        yield Response.text(200, METRICS, metrics.scrape(inspection));
      }
      default -> nothing();
    };
  }

  private Response ready() {
    var reasons = inspection.notReady();
    var answer = new LinkedHashMap<String, Object>();
    answer.put("ready", reasons.isEmpty());
    answer.put("reasons", reasons);
    return Response.json(reasons.isEmpty() ? 200 : 503, answer);
  }

  private Response api(Request request, List<String> path) {
    if (path.size() == 5) {
      return switch (path.get(2)) {
        case "dataplanes" -> dataplane(request, path.get(3), path.get(4));
        case "explain" -> explain(request, path.get(3), path.get(4));
        default -> nothing();
      };
    }
    return path.size() == 3 ? listing(request, path.get(2)) : nothing();
  }

  private Response listing(Request request, String what) {
    return switch (what) {
      case "server" -> {
        allow(request, Set.of());
        yield Response.json(200, inspection.server());
      }
      case "meshes" ->
          list(
              request,
              MeshReport.all(inspection).stream()
                  .filter(report -> isOf(request, report.mesh().name()))
                  .toList());
      case "backends" ->
          list(
              request,
              inspection.backends().stream()
                  .filter(backend -> isOf(request, backend.mesh()))
                  .toList());
      case "dataplanes" -> {
        var now = now();
        yield list(
            request,
            dataplanes(request).stream()
                .map(dataplane -> DataplaneReport.of(dataplane, now))
                .toList());
      }
      case "certificates" -> {
        var now = now();
        yield list(
            request,
            dataplanes(request).stream()
                .flatMap(dataplane -> Proxies.certificates(dataplane, now).stream())
                .toList());
      }
      case "refused" -> list(request, inspection.refused());
      default -> nothing();
    };
  }

  private List<DataplaneView> dataplanes(Request request) {
    return inspection.dataplanes().stream()
        .filter(dataplane -> isOf(request, dataplane.mesh()))
        .toList();
  }

  private static boolean isOf(Request request, String mesh) {
    return request.parameter("mesh").map(mesh::equals).orElse(true);
  }

  private Response list(Request request, List<?> items) {
    allow(request, Set.of("mesh"));
    return Response.json(200, new Listing<>(now(), items));
  }

  private Response dataplane(Request request, String mesh, String name) {
    allow(request, Set.of("now"));
    var id = new DataplaneId(mesh, name);
    var facts = Facts.of(inspection, id, clock(request));
    return facts
        .dataplane()
        .map(
            view ->
                Response.json(
                    200,
                    new DataplaneDetail(
                        facts.server(),
                        DataplaneReport.of(view, facts.now()),
                        facts.mesh(),
                        facts.backend(),
                        facts.refused(),
                        Explanation.of(facts))))
        .orElseGet(
            () ->
                Response.error(
                    404,
                    "nothing is known of data plane '%s'; /api/v1/explain/%s says why"
                        .formatted(id, id)));
  }

  private Response explain(Request request, String mesh, String name) {
    allow(request, Set.of("with", "now"));
    var one = new DataplaneId(mesh, name);
    var clock = clock(request);
    var explanation = Explanation.of(inspection, one, clock);
    var other = request.parameter("with").map(Router::id);
    return Response.json(
        200,
        other
            .map(
                with ->
                    new ExplainReport(
                        List.of(explanation, Explanation.of(inspection, with, clock)),
                        Optional.of(PairExplanation.of(inspection, one, with))))
            .orElseGet(() -> new ExplainReport(List.of(explanation), Optional.empty())));
  }

  private static DataplaneId id(String text) {
    try {
      return DataplaneId.parse(text);
    } catch (IllegalArgumentException malformed) {
      throw new Refusal(400, "with is MESH/NAME");
    }
  }

  private static Optional<Instant> clock(Request request) {
    try {
      return request.parameter("now").map(Instant::parse);
    } catch (DateTimeParseException malformed) {
      throw new Refusal(400, "now is an instant as in 2026-01-31T12:00:00Z");
    }
  }

  private Response renew(Request request, String mesh) {
    if (request.method() != Method.POST) {
      return Response.error(405, "renew is asked for with POST").with("Allow", "POST");
    }
    allow(request, Set.of("dataplane"));
    var dataplane = request.parameter("dataplane");
    var renewed = renewals.renew(mesh, dataplane);
    if (renewed == 0) {
      return Response.error(
          404,
          "no connected proxy has a certificate in mesh '%s'%s"
              .formatted(
                  clean(mesh),
                  dataplane.map(name -> " under name '%s'".formatted(clean(name))).orElse("")));
    }
    LOG.atInfo()
        .addKeyValue("mesh", mesh)
        .addKeyValue("dataplane", dataplane.orElse("all"))
        .addKeyValue("certificates", renewed)
        .log("renewal asked for by the operator");
    var answer = new LinkedHashMap<String, Object>();
    answer.put("mesh", mesh);
    answer.put("dataplane", dataplane);
    answer.put("renewing", renewed);
    return Response.json(202, answer);
  }

  private static String clean(String text) {
    return text.codePoints()
        .filter(c -> !Character.isISOControl(c))
        .limit(253)
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        .toString();
  }

  private static void allow(Request request, Set<String> parameters) {
    request
        .query()
        .keySet()
        .forEach(
            name -> {
              if (!parameters.contains(name)) {
                throw new Refusal(
                    400,
                    "query parameter '%s' is not known here; known are %s"
                        .formatted(clean(name), parameters.stream().sorted().toList()));
              }
            });
  }

  private Instant now() {
    return inspection.server().now();
  }

  private static Response nothing() {
    return Response.error(404, "there is nothing here");
  }
}
