package dev.meshseal.server.admin;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Decides whether a request is heard at all. Loopback is no credential: a web page in the
 * operator's browser reaches it too, so what a browser says of where a request comes from counts
 * (Fetch Standard, "Origin" header; Fetch Metadata).
 */
final class Gate {
  private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "[::1]");
  private static final Pattern HOST =
      Pattern.compile("(\\[[0-9a-fA-F:.]{2,45}]|[A-Za-z0-9._-]{1,253})(?::[0-9]{1,5})?");
  private static final Pattern ADDRESS = Pattern.compile("\\[.*]|[0-9]+(?:\\.[0-9]+){3}");
  private static final Pattern SEGMENT = Pattern.compile("[A-Za-z0-9._-]{1,253}");
  private static final int MAX_TARGET = 2048;

  private final AdminConfig config;

  Gate(AdminConfig config) {
    this.config = config;
  }

  /**
   * @throws Refusal if the request is not to be heard
   */
  Request admit(HttpExchange exchange) {
    var path = path(exchange);
    var method = method(exchange.getRequestMethod());
    var authorized = isAuthorized(exchange.getRequestHeaders());
    // A kubelet asks the pod's address, and knows no token.
    if (config.isLoopback() || !isProbe(path)) {
      // A page that rebinds a name to this address does not have the token.
      if (config.isLoopback() || !authorized) {
        requireHost(exchange.getRequestHeaders());
      }
      requireSameOrigin(exchange.getRequestHeaders());
      if (!authorized && (method == Request.Method.POST || !config.isLoopback())) {
        throw unauthorized();
      }
    }
    return new Request(method, path, query(exchange), authorized);
  }

  private static boolean isProbe(List<String> path) {
    return path.equals(List.of("healthz")) || path.equals(List.of("readyz"));
  }

  private static Request.Method method(String method) {
    return switch (method) {
      case "GET", "HEAD" -> Request.Method.GET;
      case "POST" -> Request.Method.POST;
      default ->
          throw new Refusal(
              Response.error(405, "only GET, HEAD and POST are known here")
                  .with("Allow", "GET, HEAD, POST"));
    };
  }

  /** Only plain characters, so that there is one way to write a path and nothing to decode. */
  private static List<String> path(HttpExchange exchange) {
    var uri = exchange.getRequestURI();
    var raw = uri.getRawPath();
    if (uri.isAbsolute() || uri.getRawAuthority() != null || raw == null || !raw.startsWith("/")) {
      throw new Refusal(400, "the request target must be a path");
    }
    if (uri.toString().length() > MAX_TARGET) {
      throw new Refusal(414, "the request target is longer than " + MAX_TARGET + " characters");
    }
    if (raw.equals("/")) {
      return List.of();
    }
    var segments = List.of(raw.substring(1).split("/", -1));
    for (var segment : segments) {
      if (!SEGMENT.matcher(segment).matches() || segment.equals(".") || segment.equals("..")) {
        throw new Refusal(404, "there is nothing here");
      }
    }
    return segments;
  }

  private static Map<String, String> query(HttpExchange exchange) {
    var raw = exchange.getRequestURI().getRawQuery();
    var query = new HashMap<String, String>();
    if (raw == null || raw.isEmpty()) {
      return query;
    }
    for (var pair : raw.split("&", -1)) {
      var equals = pair.indexOf('=');
      if (equals < 1
          || query.put(pair.substring(0, equals), decode(pair.substring(equals + 1))) != null) {
        throw new Refusal(400, "a query is NAME=VALUE, each name once");
      }
    }
    return query;
  }

  private static String decode(String value) {
    try {
      return URLDecoder.decode(value, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException malformed) {
      throw new Refusal(400, "the query is not properly encoded");
    }
  }

  private void requireHost(Headers headers) {
    var host = only(headers, "Host").orElseThrow(() -> new Refusal(400, "header Host is missing"));
    var matcher = HOST.matcher(host);
    if (!matcher.matches()) {
      throw new Refusal(400, "header Host is malformed");
    }
    var name = matcher.group(1).toLowerCase(Locale.ROOT);
    if (!LOOPBACK.contains(name) && !config.isNamed(name) && !isOwnAddress(name)) {
      throw new Refusal(
          403,
          "this server is not called '%s'; ask it by localhost, by the host of its --admin, or by a name in its certificate"
              .formatted(name));
    }
  }

  // A name that was rebound is a name; an address in Host was typed.
  private boolean isOwnAddress(String host) {
    return !config.isLoopback() && ADDRESS.matcher(host).matches();
  }

  private void requireSameOrigin(Headers headers) {
    var own =
        (config.tls().isPresent() ? "https://" : "http://") + only(headers, "Host").orElse("");
    var origin = only(headers, "Origin");
    if (origin.isPresent() && !origin.get().equalsIgnoreCase(own)) {
      throw new Refusal(403, "a page of another origin may not ask this server");
    }
    var site = only(headers, "Sec-Fetch-Site");
    if (site.isPresent() && !Set.of("same-origin", "none").contains(site.get())) {
      throw new Refusal(403, "a page of another origin may not ask this server");
    }
  }

  private boolean isAuthorized(Headers headers) {
    var presented = only(headers, "Authorization");
    var token = config.token().get();
    if (presented.isEmpty() || token.isEmpty()) {
      return false;
    }
    var words = presented.get().split(" ", 2);
    return words.length == 2
        && words[0].equalsIgnoreCase("Bearer")
        // Takes as long for a wrong first byte as for a wrong last one.
        && MessageDigest.isEqual(
            words[1].strip().getBytes(StandardCharsets.UTF_8),
            token.get().getBytes(StandardCharsets.UTF_8));
  }

  private static Refusal unauthorized() {
    return new Refusal(
        Response.error(
                401,
                "this needs header 'Authorization: Bearer TOKEN' with the admin token, which is in"
                    + " file admin-token of the data directory")
            .with("WWW-Authenticate", "Bearer realm=\"meshseal\""));
  }

  private static Optional<String> only(Headers headers, String name) {
    var values = headers.getOrDefault(name, List.of());
    if (values.size() > 1) {
      throw new Refusal(400, "header %s is there more than once".formatted(name));
    }
    return values.stream().findFirst();
  }
}
