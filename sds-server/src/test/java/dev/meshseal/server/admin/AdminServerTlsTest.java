package dev.meshseal.server.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meshseal.x509.CaProfile;
import dev.meshseal.x509.CertificateSigner;
import dev.meshseal.x509.CryptoProvider;
import dev.meshseal.x509.IssuingCa;
import dev.meshseal.x509.KeyType;
import dev.meshseal.x509.Pem;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Off loopback: everything but the probes needs the token, and all of it TLS. */
class AdminServerTlsTest {
  private static final String TOKEN = "0123456789abcdef0123456789abcdef";
  private final IssuingCa ca =
      IssuingCa.create(
          new CaProfile(
              "server", "default", new KeyType.Ec(KeyType.Curve.P_256), Duration.ofDays(10)),
          CryptoProvider.jdk(),
          Instant.now());

  private final Metrics metrics = new Metrics(new BuildInfo("1.2.3", "abcdef0"));
  private volatile Set<String> names = Set.of("mesh.example");
  private final AdminServer server = start();

  private AdminServer start() {
    try {
      return AdminServer.start(
          new AdminConfig(
              new InetSocketAddress(InetAddress.getByName("0.0.0.0"), 0),
              () -> names,
              Optional.of(context()),
              () -> Optional.of(TOKEN)),
          new FakeInspection(),
          (mesh, dataplane) -> 1,
          metrics);
    } catch (Exception failure) {
      throw new IllegalStateException(failure);
    }
  }

  @AfterEach
  void stop() {
    server.close();
    metrics.close();
  }

  @Test
  void answersProbesToAnyone() throws Exception {
    assertThat(get("/healthz", "")).isEqualTo(200);
    assertThat(get("/readyz", "")).isEqualTo(200);
  }

  @Test
  void tellsNothingElseWithoutTheToken() throws Exception {
    for (var path : List.of("/", "/metrics", "/api/v1/meshes", "/api/v1/explain/default/web-1")) {
      assertThat(get(path, "")).as(path).isEqualTo(401);
      assertThat(get(path, "wrong")).as(path).isEqualTo(401);
      assertThat(get(path, TOKEN)).as(path).isEqualTo(200);
    }
  }

  @Test
  void isCalledByTheNamesOfTheCertificateInUse() throws Exception {
    names = Set.of("meshseal.meshseal-system.svc", "*.mesh.example");

    // Without the token a known name is asked for it, and a foreign one is not spoken to.
    for (var known : List.of("meshseal.meshseal-system.svc:5691", "a.mesh.example", "10.0.0.7")) {
      assertThat(statusFor(known)).as(known).isEqualTo(401);
    }
    for (var foreign : List.of("evil.example", "mesh.example", "a.b.mesh.example", "com")) {
      assertThat(statusFor(foreign)).as(foreign).isEqualTo(403);
    }
    names = Set.of("renewed.example");
    assertThat(statusFor("renewed.example")).isEqualTo(401);
    assertThat(statusFor("a.mesh.example")).isEqualTo(403);
  }

  private int statusFor(String host) throws IOException {
    try (var socket =
        context().getSocketFactory().createSocket("localhost", server.address().getPort())) {
      var head = "GET /api/v1/meshes HTTP/1.1\r\nConnection: close\r\nHost: ";
      socket.getOutputStream().write(bytes(head + host + "\r\n\r\n"));
      var answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
      return Integer.parseInt(answer.split(" ", 3)[1]);
    }
  }

  private int get(String path, String token) throws IOException, InterruptedException {
    var request =
        HttpRequest.newBuilder(
            URI.create("https://localhost:%d%s".formatted(server.address().getPort(), path)));
    if (!token.isEmpty()) {
      request.header("Authorization", "Bearer " + token);
    }
    try (var client = HttpClient.newBuilder().sslContext(context()).build()) {
      return client.send(request.build(), BodyHandlers.ofString()).statusCode();
    }
  }

  private SSLContext context() {
    try {
      var leaf =
          new CertificateSigner(ca, new KeyType.Ec(KeyType.Curve.P_256), CryptoProvider.jdk())
              .signServer(List.of("localhost"), Duration.ofDays(1), Instant.now());
      var store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      store.setKeyEntry(
          "server",
          Pem.readPrivateKey(bytes(leaf.privateKeyPem())),
          new char[0],
          Pem.readCertificates(bytes(leaf.chainPem())).toArray(new X509Certificate[0]));
      store.setCertificateEntry("ca", ca.certificate());
      var keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      keys.init(store, new char[0]);
      var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(store);
      var context = SSLContext.getInstance("TLS");
      context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
      return context;
    } catch (Exception failure) {
      throw new IllegalStateException(failure);
    }
  }

  private static byte[] bytes(String pem) {
    return pem.getBytes(StandardCharsets.US_ASCII);
  }
}
