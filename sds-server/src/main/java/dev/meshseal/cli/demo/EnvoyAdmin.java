package dev.meshseal.cli.demo;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What one Envoy says of itself. Every call blocks, ten seconds at most. */
public final class EnvoyAdmin {
  private static final JsonMapper JSON = new JsonMapper();
  private static final HttpClient HTTP =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .proxy(HttpClient.Builder.NO_PROXY)
          .connectTimeout(Duration.ofSeconds(5))
          .build();

  private final String address;

  EnvoyAdmin(String address) {
    this.address = address;
  }

  /** Whether all listeners have their secrets. */
  public boolean isLive() {
    return send("GET", "/ready").statusCode() == 200;
  }

  /** The leaves in use, one for each TLS context; none before the first secret. */
  public List<EnvoyCertificate> certs() {
    return JSON.readTree(get("/certs"))
        .path("certificates")
        .valueStream()
        .flatMap(context -> context.path("cert_chain").valueStream().limit(1))
        .map(EnvoyAdmin::certificate)
        .toList();
  }

  private static EnvoyCertificate certificate(JsonNode leaf) {
    return new EnvoyCertificate(
        leaf.path("serial_number").asString(),
        leaf.path("subject_alt_names")
            .valueStream()
            .filter(name -> name.has("uri"))
            .map(name -> name.path("uri").asString())
            .toList(),
        Instant.parse(leaf.path("valid_from").asString()),
        Instant.parse(leaf.path("expiration_time").asString()));
  }

  /** Counters and gauges whose name matches, sorted by name. */
  public Map<String, Long> stats(String regex) {
    var stats = new TreeMap<String, Long>();
    var query = "/stats?filter=" + URLEncoder.encode(regex, StandardCharsets.UTF_8);
    for (var line : get(query).lines().toList()) {
      var colon = line.lastIndexOf(": ");
      var value = line.substring(colon + 2);
      if (value.matches("\\d+")) {
        stats.put(line.substring(0, colon), Long.valueOf(value));
      }
    }
    return stats;
  }

  /** The sum of the counters whose name ends so, as in {@code update_rejected}. */
  public long sum(String regex) {
    return stats(regex).values().stream().mapToLong(Long::longValue).sum();
  }

  /** The address of each listener that is open, by its name in the bootstrap. */
  public Map<String, InetSocketAddress> listeners() {
    var listeners = new TreeMap<String, InetSocketAddress>();
    JSON.readTree(get("/listeners?format=json"))
        .path("listener_statuses")
        .forEach(
            listener -> {
              var socket = listener.path("local_address").path("socket_address");
              listeners.put(
                  listener.path("name").asString(),
                  new InetSocketAddress(
                      socket.path("address").asString(), socket.path("port_value").asInt()));
            });
    return listeners;
  }

  /** The secrets it got over SDS, by name, as {@code /config_dump} shows them: without the keys. */
  public Map<String, JsonNode> secrets() {
    var secrets = new TreeMap<String, JsonNode>();
    JSON.readTree(get("/config_dump?resource=dynamic_active_secrets"))
        .path("configs")
        .forEach(secret -> secrets.put(secret.path("name").asString(), secret));
    return secrets;
  }

  /** The body of an answer, which must be a 200. */
  public String get(String path) {
    var answer = send("GET", path);
    if (answer.statusCode() != 200) {
      throw new IllegalStateException(
          "envoy's admin answered %s with %d: %s"
              .formatted(path, answer.statusCode(), answer.body()));
    }
    return answer.body();
  }

  private HttpResponse<String> send(String method, String path) {
    var request =
        HttpRequest.newBuilder(URI.create("http://" + address + path))
            .method(method, HttpRequest.BodyPublishers.noBody())
            .timeout(Duration.ofSeconds(10))
            .build();
    try {
      return HTTP.send(request, HttpResponse.BodyHandlers.ofString());
    } catch (IOException e) {
      throw new UncheckedIOException("envoy's admin at %s did not answer".formatted(address), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while asking envoy's admin", e);
    }
  }
}
