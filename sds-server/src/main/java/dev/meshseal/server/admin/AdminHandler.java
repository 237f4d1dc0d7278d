package dev.meshseal.server.admin;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One exchange: admitted, answered, and never more than a few expensive ones at once. */
final class AdminHandler implements HttpHandler {
  private static final Logger LOG = LoggerFactory.getLogger(AdminHandler.class);
  private static final int AT_ONCE = 16;

  /** Of every answer: nothing is cached, framed, sniffed or loaded from anywhere. */
  private static final Map<String, String> HEADERS =
      Map.of(
          "Cache-Control", "no-store",
          "X-Content-Type-Options", "nosniff",
          "X-Frame-Options", "DENY",
          "Referrer-Policy", "no-referrer",
          "Cross-Origin-Resource-Policy", "same-origin",
          "Content-Security-Policy", Page.POLICY);

  private final Gate gate;
  private final Router router;
  private final Semaphore atOnce = new Semaphore(AT_ONCE);

  AdminHandler(Gate gate, Router router) {
    this.gate = gate;
    this.router = router;
  }

  @Override
  public void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      send(exchange, respond(exchange));
    }
  }

  private Response respond(HttpExchange exchange) {
    try {
      var request = gate.admit(exchange);
      return router.isCheap(request) ? router.route(request) : bounded(request);
    } catch (Refusal refusal) {
      return refusal.response();
    } catch (RuntimeException bug) {
      LOG.atError().setCause(bug).log("an admin request failed");
      return Response.error(500, "internal error; the server's log says more");
    }
  }

  private Response bounded(Request request) {
    if (!atOnce.tryAcquire()) {
      return Response.error(503, "%d requests are being answered; try again".formatted(AT_ONCE))
          .with("Retry-After", "1");
    }
    try {
      return router.route(request);
    } finally {
      atOnce.release();
    }
  }

  private static void send(HttpExchange exchange, Response response) throws IOException {
    var headers = exchange.getResponseHeaders();
    HEADERS.forEach(headers::set);
    response.headers().forEach(headers::set);
    headers.set("Content-Type", response.type());
    var body = response.body().getBytes(StandardCharsets.UTF_8);
    var length = body.length;
    if (exchange.getRequestMethod().equals("HEAD")) {
      headers.set("Content-Length", Integer.toString(length));
      exchange.sendResponseHeaders(response.status(), -1);
      return;
    }
    exchange.sendResponseHeaders(response.status(), length == 0 ? -1 : length);
    exchange.getResponseBody().write(body);
  }
}
