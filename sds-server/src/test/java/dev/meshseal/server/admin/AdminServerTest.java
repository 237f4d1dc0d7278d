package dev.meshseal.server.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class AdminServerTest {
  private static final String TOKEN = "0123456789abcdef0123456789abcdef";

  private final FakeInspection inspection = new FakeInspection();
  private final List<String> renewed = new ArrayList<>();
  private final Metrics metrics = new Metrics(new BuildInfo("1.2.3", "abcdef0"));
  private AdminServer server = start();

  private AdminServer start() {
    try {
      return AdminServer.start(
          new AdminConfig(
              new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
              () -> Set.of("mesh.example"),
              Optional.empty(),
              () -> Optional.of(TOKEN)),
          inspection,
          (mesh, dataplane) -> {
            renewed.add(mesh + dataplane.map("/"::concat).orElse(""));
            return mesh.equals("default") ? 2 : 0;
          },
          metrics);
    } catch (IOException failure) {
      throw new IllegalStateException(failure);
    }
  }

  @BeforeEach
  void listens() {
    assertThat(server.address().getPort()).isPositive();
  }

  @AfterEach
  void stop() {
    server.close();
    metrics.close();
  }

  @Test
  void saysThatItLivesWhateverElseIsWrong() throws IOException {
    inspection.notReady = List.of("mesh 'default' is being opened");

    var answer = get("/healthz");

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.body()).isEqualTo("ok\n");
  }

  @Test
  void isReadyOrSaysWhyNot() throws IOException {
    assertThat(get("/readyz").status()).isEqualTo(200);
    assertThat(get("/readyz").body()).isEqualTo("{\"ready\":true,\"reasons\":[]}");

    inspection.notReady = List.of("mesh 'default' is being opened");

    assertThat(get("/readyz").status()).isEqualTo(503);
    assertThat(get("/readyz").body())
        .isEqualTo("{\"ready\":false,\"reasons\":[\"mesh 'default' is being opened\"]}");
  }

  @Test
  void listsMeshesWithTheirVerdict() throws IOException {
    var answer = get("/api/v1/meshes");

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.body())
        .startsWith("{\"now\":\"2026-11-24T12:00:00Z\",\"items\":[{\"mesh\":{\"name\":\"default\"")
        .contains(
            "\"verdict\":\"1 of 1 holds a valid leaf; first expiry without action in 23 h; its CA ends in 3550 d\"");
  }

  @Test
  void putsTheThreeSerialsSideBySide() throws IOException {
    var answer = get("/api/v1/certificates?mesh=default");

    assertThat(answer.body())
        .contains("\"state\":\"ok\"", "\"issued\":\"5e1\",\"sent\":\"5e1\",\"acked\":\"5e1\"")
        .contains("\"expiresAt\":\"2026-11-25T11:00:00Z\"");
  }

  @Test
  void readsBackWhatItWrote() throws IOException {
    var listing = Json.parse(get("/api/v1/dataplanes").body().getBytes(StandardCharsets.UTF_8));

    var report = Json.read(listing.path("items").get(0), DataplaneReport.class);

    assertThat(report)
        .isEqualTo(DataplaneReport.of(inspection.dataplanes.getFirst(), FakeInspection.NOON));
  }

  @Test
  void filtersByMesh() throws IOException {
    assertThat(get("/api/v1/dataplanes?mesh=other").body()).endsWith("\"items\":[]}");
    assertThat(get("/api/v1/backends?mesh=default").body()).contains("\"name\":\"ca-1\"");
  }

  @Test
  void explainsAProxyThatItKnowsAndOneThatItDoesNot() throws IOException {
    assertThat(get("/api/v1/dataplanes/default/web-1").body())
        .contains("\"explanation\":{\"dataplane\":\"default/web-1\"", "\"good\":true");
    assertThat(get("/api/v1/dataplanes/default/nobody").status()).isEqualTo(404);
    assertThat(get("/api/v1/explain/default/nobody").body())
        .contains("\"code\":\"MS101\"", "docs/explain.md#ms101");
    assertThat(get("/api/v1/explain/default/web-1?with=default%2Fnobody").body())
        .contains("\"pair\":{", "MS951");
  }

  @Test
  void publishesMetrics() throws IOException {
    var answer = get("/metrics");

    assertThat(answer.header("Content-Type")).contains("version=0.0.4");
    assertThat(answer.body()).contains("meshseal_proxies{mesh=\"default\",state=\"ok\"} 1.0");
  }

  @Test
  void showsAPageThatRunsNothingAndLoadsNothing() throws IOException {
    var answer = get("/");

    assertThat(answer.header("Content-Type")).isEqualTo("text/html; charset=utf-8");
    assertThat(answer.header("Content-Security-Policy")).startsWith("default-src 'none'");
    assertThat(answer.body())
        .contains("default/web-1", "1 of 1 holds a valid leaf")
        .doesNotContain("<script", "http://", "https://", "javascript:");
  }

  @Test
  void escapesWhatOthersWrote() throws IOException {
    inspection.backend(
        view ->
            new BackendView(
                view.mesh(),
                "<img src=x onerror=alert(1)>",
                "\"'&",
                true,
                true,
                List.of(),
                view.leafLifetime(),
                Optional.empty(),
                Optional.empty(),
                Optional.of(
                    FakeInspection.problem("rejected", "</style><script>alert(1)</script>")),
                Optional.empty(),
                0,
                0,
                0,
                Optional.empty(),
                Optional.empty(),
                Optional.empty()));

    var page = get("/").body();

    assertThat(page)
        .contains("&lt;img src=x onerror=alert(1)&gt;", "&quot;&#39;&amp;")
        .doesNotContain("<img", "<script>");
  }

  @Test
  void renewsForWhoHoldsTheToken() throws IOException {
    var one =
        post("/api/v1/meshes/default/renew?dataplane=web-1", "Authorization: Bearer " + TOKEN);
    var all = post("/api/v1/meshes/default/renew", "Authorization: Bearer " + TOKEN);
    var unknown = post("/api/v1/meshes/other/renew", "Authorization: Bearer " + TOKEN);

    assertThat(one.status()).isEqualTo(202);
    assertThat(one.body())
        .isEqualTo("{\"mesh\":\"default\",\"dataplane\":\"web-1\",\"renewing\":2}");
    assertThat(all.status()).isEqualTo(202);
    assertThat(unknown.status()).isEqualTo(404);
    assertThat(renewed).containsExactly("default/web-1", "default", "other");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "X-Nothing: 1",
        "Authorization: Bearer wrong",
        "Authorization: Bearer ",
        "Authorization: Basic " + TOKEN,
        "Authorization: " + TOKEN,
        "Authorization: Bearer " + TOKEN + "0"
      })
  void changesNothingForAnyoneElse(String header) throws IOException {
    var answer = post("/api/v1/meshes/default/renew", header);

    assertThat(answer.status()).isEqualTo(401);
    assertThat(answer.header("WWW-Authenticate")).startsWith("Bearer");
    assertThat(answer.body()).doesNotContain(TOKEN);
    assertThat(renewed).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"localhost", "127.0.0.1", "[::1]", "mesh.example", "LOCALHOST:5691"})
  void answersToItsOwnNames(String host) throws IOException {
    assertThat(raw("GET /api/v1/meshes HTTP/1.1\r\nHost: " + host + "\r\n").status())
        .isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "evil.example",
        "evil.example:5691",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "10.0.0.1",
        "127.0.0.2"
      })
  void refusesAForeignHost(String host) throws IOException {
    var answer = raw("GET /api/v1/meshes HTTP/1.1\r\nHost: " + host + "\r\n");

    assertThat(answer.status()).isEqualTo(403);
    assertThat(answer.body()).doesNotContain("items");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Origin: http://evil.example",
        "Origin: null",
        "Origin: http://localhost:1",
        "Origin: https://localhost",
        "Sec-Fetch-Site: cross-site",
        "Sec-Fetch-Site: same-site"
      })
  void refusesWhatAPageOfAnotherOriginSends(String header) throws IOException {
    var answer = raw("GET /api/v1/meshes HTTP/1.1\r\nHost: localhost\r\n" + header + "\r\n");

    assertThat(answer.status()).isEqualTo(403);
    assertThat(answer.headers())
        .noneMatch(line -> line.toLowerCase(Locale.ROOT).startsWith("access-control"));
  }

  @Test
  void answersItsOwnPage() throws IOException {
    var answer = raw("GET / HTTP/1.1\r\nHost: localhost:5691\r\nOrigin: http://localhost:5691\r\n");

    assertThat(answer.status()).isEqualTo(200);
  }

  @Test
  void refusesAForeignOriginEvenWithTheToken() throws IOException {
    var answer =
        post(
            "/api/v1/meshes/default/renew",
            "Authorization: Bearer " + TOKEN + "\r\nOrigin: http://evil.example");

    assertThat(answer.status()).isEqualTo(403);
    assertThat(renewed).isEmpty();
  }

  static Stream<String> oddTargets() {
    return Stream.of(
        "/../etc/passwd",
        "/api/v1/../../etc/passwd",
        "/api/v1/dataplanes/default/..",
        "/api/v1/dataplanes/default/%2e%2e",
        "/api/v1/dataplanes/default/%2fetc",
        "/api/v1/dataplanes/default/a%00b",
        "/api/v1/dataplanes/default/%c0%af",
        "//api/v1/meshes",
        "/api/v1//meshes",
        "/api/v1/meshes/",
        "/api/v2/meshes",
        "/api/v1/dataplanes/default/a;b",
        "/api/v1/dataplanes/default/a\\b",
        "/API/v1/meshes",
        "/healthz/",
        "/metrics/x",
        "http://evil.example/api/v1/meshes",
        "*");
  }

  @ParameterizedTest
  @MethodSource("oddTargets")
  void findsNothingUnderAnOddPath(String target) throws IOException {
    var answer = raw("GET " + target + " HTTP/1.1\r\nHost: localhost\r\n");

    assertThat(answer.status()).isIn(400, 404);
    assertThat(answer.body()).doesNotContain("at dev.", "at sun.", "root:");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/api/v1/meshes?x=1",
        "/api/v1/meshes?mesh=a&mesh=b",
        "/api/v1/meshes?mesh",
        "/api/v1/meshes?=a",
        "/api/v1/meshes?mesh=%zz",
        "/api/v1/explain/default/web-1?with=web",
        "/api/v1/explain/default/web-1?now=yesterday",
        "/metrics?x=1"
      })
  void refusesAQueryThatItDoesNotKnow(String target) throws IOException {
    assertThat(get(target).status()).isEqualTo(400);
  }

  @ParameterizedTest
  @ValueSource(strings = {"PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "get", "PROPFIND"})
  void knowsNoOtherMethods(String method) throws IOException {
    var answer = raw(method + " /api/v1/meshes HTTP/1.1\r\nHost: localhost\r\n");

    assertThat(answer.status()).isEqualTo(405);
    assertThat(answer.header("Allow")).contains("GET");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/", "/healthz", "/metrics", "/api/v1/meshes", "/api/v1/explain/a/b"})
  void takesPostForRenewalsOnly(String path) throws IOException {
    assertThat(post(path, "Authorization: Bearer " + TOKEN).status()).isEqualTo(405);
  }

  @Test
  void answersHeadWithoutABody() throws IOException {
    var answer = raw("HEAD /api/v1/meshes HTTP/1.1\r\nHost: localhost\r\n");

    assertThat(answer.status()).isEqualTo(200);
    assertThat(Integer.parseInt(answer.header("Content-Length"))).isGreaterThan(100);
    assertThat(answer.body()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"Host: a\\r\\nHost: localhost", "X: 1"})
  void refusesNoHostAndTwo(String header) throws IOException {
    var answer = raw("GET /api/v1/meshes HTTP/1.1\r\n" + header.replace("\\r\\n", "\r\n") + "\r\n");

    assertThat(answer.status()).isEqualTo(400);
  }

  @Test
  void hangsUpOnHeadersWithoutEnd() {
    var head = "GET / HTTP/1.1\r\nHost: localhost\r\nX: " + "a".repeat(100_000) + "\r\n";

    assertThat(statusOrHungUp(head)).isNotEqualTo(200);
  }

  private int statusOrHungUp(String head) {
    try {
      return raw(head).status();
    } catch (IOException hungUp) {
      return 0;
    }
  }

  @Test
  void tellsAFailureWithoutItsStack() throws IOException {
    inspection.meshes.set(0, null);

    var answer = get("/api/v1/meshes");

    assertThat(answer.status()).isEqualTo(500);
    assertThat(answer.body())
        .isEqualTo("{\"error\":\"internal error; the server's log says more\"}");
  }

  @Test
  void saysWhichAddressIsTaken() {
    var taken = server.address();

    assertThatThrownBy(
            () ->
                AdminServer.start(
                    new AdminConfig(taken, () -> Set.of(), Optional.empty(), Optional::empty),
                    inspection,
                    (mesh, dataplane) -> 0,
                    metrics))
        .isInstanceOf(BindException.class)
        .hasMessageContaining("127.0.0.1:" + taken.getPort())
        .hasMessageContaining("--admin");
  }

  @Test
  void wantsTlsOffLoopback() {
    assertThatThrownBy(
            () ->
                new AdminConfig(
                    new InetSocketAddress("0.0.0.0", 0),
                    () -> Set.of(),
                    Optional.empty(),
                    Optional::empty))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("0.0.0.0")
        .hasMessageContaining("TLS");
  }

  // What went over the wire, without a client that would mend it.

  record Answer(int status, List<String> headers, String body) {
    String header(String name) {
      return headers.stream()
          .filter(
              line -> line.toLowerCase(Locale.ROOT).startsWith(name.toLowerCase(Locale.ROOT) + ":"))
          .map(line -> line.substring(name.length() + 1).strip())
          .findFirst()
          .orElse("");
    }
  }

  private Answer get(String target) throws IOException {
    return raw("GET " + target + " HTTP/1.1\r\nHost: localhost\r\n");
  }

  private Answer post(String target, String header) throws IOException {
    return raw(
        "POST "
            + target
            + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n"
            + header
            + "\r\n");
  }

  private Answer raw(String head) throws IOException {
    try (var socket = new Socket(server.address().getAddress(), server.address().getPort())) {
      socket.setSoTimeout(20_000);
      socket
          .getOutputStream()
          .write((head + "Connection: close\r\n\r\n").getBytes(StandardCharsets.ISO_8859_1));
      socket.getOutputStream().flush();
      var text = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      var parts = text.split("\r\n\r\n", 2);
      var lines = List.of(parts[0].split("\r\n"));
      var status = Pattern.compile("HTTP/1\\.1 (\\d{3}).*").matcher(lines.getFirst());
      assertThat(status.matches()).as(text).isTrue();
      return new Answer(
          Integer.parseInt(status.group(1)),
          lines.subList(1, lines.size()),
          parts.length > 1 ? parts[1] : "");
    }
  }
}
