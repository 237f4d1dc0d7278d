package dev.meshseal.testbed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.meshseal.identity.DataplaneId;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.Secret;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryRequest;
import io.envoyproxy.envoy.service.secret.v3.SecretDiscoveryServiceGrpc;
import io.grpc.Metadata;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Key material and tokens leave the server over SDS, and by no other way. */
class SecretsStayInsideIT {
  private static final String MESH =
      """
      type: Mesh
      name: default
      mtls:
        enabledBackend: ca-1
        backends: [{name: ca-1, type: builtin}]
      """;
  private static final DataplaneId WEB = new DataplaneId("default", "web-1");

  /** Sixteen characters of base64 do not meet by chance. */
  private static final Pattern PIECE = Pattern.compile("[A-Za-z0-9+/_-]{16}");

  @TempDir private Path folder;

  @Test
  void noKeyAndNoTokenIsLoggedThoughEveryLoggerIsAtTrace() throws Exception {
    var everything = everythingAtTrace();
    try (var server =
        ServerProcess.start(
            folder,
            MESH,
            List.of("-Dlogback.configurationFile=" + everything),
            "--log-level=trace")) {
      var token = server.token(WEB, "web");
      var key = fetchKey(server, token);
      assertThatThrownBy(() -> fetchKey(server, token + "x"))
          .isInstanceOf(StatusRuntimeException.class);

      await()
          .atMost(Duration.ofSeconds(20))
          .until(() -> server.logText().contains("certificate issued"));

      var log = server.logText();
      assertThat(log).contains("level=debug");
      assertThat(log).doesNotContain("PRIVATE KEY");
      assertThat(pieces(token)).allSatisfy(piece -> assertThat(log).doesNotContain(piece));
      assertThat(pieces(body(key))).allSatisfy(piece -> assertThat(log).doesNotContain(piece));
      for (var file : keyFiles(folder.resolve("data"))) {
        assertThat(pieces(body(privatePart(Files.readString(file)))))
            .isNotEmpty()
            .allSatisfy(piece -> assertThat(log).doesNotContain(piece));
      }
    }
  }

  @Test
  void privateKeysLieInNoFileButThoseOfAuthoritiesAndSigningKeys() throws Exception {
    try (var server = ServerProcess.start(folder, MESH)) {
      var key = fetchKey(server, server.token(WEB, "web"));
      var data = folder.resolve("data");

      assertThat(keyFiles(data).stream().map(file -> data.relativize(file).toString()))
          .containsExactlyInAnyOrder(
              "meshes/default/ca-1/ca.pem", "server/ca.key", "signing-keys/ms-1.pem");
      for (var file : files(data)) {
        var text = Files.readString(file, StandardCharsets.ISO_8859_1);
        assertThat(pieces(body(key))).allSatisfy(piece -> assertThat(text).doesNotContain(piece));
        assertThat(Files.getPosixFilePermissions(file)).as("%s", file).hasSizeLessThanOrEqualTo(2);
      }
    }
  }

  /** What a sidecar gets. */
  private static String fetchKey(ServerProcess server, String token) throws Exception {
    var trust =
        GrpcSslContexts.forClient()
            .trustManager(server.data().resolve("server/ca.crt").toFile())
            .build();
    var channel =
        NettyChannelBuilder.forAddress("127.0.0.1", server.sdsPort()).sslContext(trust).build();
    try {
      var headers = new Metadata();
      headers.put(Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER), token);
      var response =
          SecretDiscoveryServiceGrpc.newBlockingStub(channel)
              .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers))
              .fetchSecrets(
                  DiscoveryRequest.newBuilder()
                      .setNode(Node.newBuilder().setId(WEB.nodeId()))
                      .addResourceNames("identity_cert:secret:default")
                      .build());
      return response
          .getResources(0)
          .unpack(Secret.class)
          .getTlsCertificate()
          .getPrivateKey()
          .getInlineBytes()
          .toStringUtf8();
    } finally {
      channel.shutdownNow();
    }
  }

  private Path everythingAtTrace() throws IOException {
    try (var shipped = getClass().getResourceAsStream("/logback.xml")) {
      var text = new String(shipped.readAllBytes(), StandardCharsets.UTF_8);
      return Files.writeString(
          folder.resolve("trace.xml"), text.replace("level=\"INFO\"", "level=\"TRACE\""));
    }
  }

  private static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(Files::isRegularFile).toList();
    }
  }

  private static List<Path> keyFiles(Path data) throws IOException {
    var found = new TreeSet<Path>();
    for (var file : files(data)) {
      if (Files.readString(file, StandardCharsets.ISO_8859_1).contains("PRIVATE KEY")) {
        found.add(file);
      }
    }
    return List.copyOf(found);
  }

  private static String privatePart(String text) {
    return text.substring(text.indexOf("-----BEGIN PRIVATE KEY"));
  }

  /** The secret part of a key: all P-256 keys begin alike (RFC 5208, 5). */
  private static String body(String pem) {
    return pem.replaceAll("-----[^-]+-----", "").replace("\n", "").substring(48);
  }

  private static List<String> pieces(String text) {
    return PIECE.matcher(text).results().map(found -> found.group()).toList();
  }
}
