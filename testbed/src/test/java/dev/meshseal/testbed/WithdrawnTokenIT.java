package dev.meshseal.testbed;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meshseal.identity.DataplaneId;
import dev.meshseal.server.auth.TokenId;
import dev.meshseal.server.files.DataDirectory;
import dev.meshseal.server.files.FileRevocations;
import dev.meshseal.server.files.FileSigningKeys;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import io.envoyproxy.envoy.service.secret.v3.SecretDiscoveryServiceGrpc;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A token that a command withdraws loses its live streams at once, and opens no new ones. */
class WithdrawnTokenIT {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);
  private static final InstantSource CLOCK = InstantSource.system();
  private static final String MESH =
      """
      type: Mesh
      name: default
      mtls:
        enabledBackend: ca-1
        backends: [{name: ca-1, type: builtin}]
      """;

  @TempDir private Path folder;
  private ServerProcess server;
  private ManagedChannel channel;

  @BeforeEach
  void start() throws Exception {
    server = ServerProcess.start(folder, MESH);
    var ca = new ByteArrayInputStream(server.ca().getBytes(StandardCharsets.US_ASCII));
    channel =
        NettyChannelBuilder.forAddress(server.sdsAddress())
            .sslContext(GrpcSslContexts.forClient().trustManager(ca).build())
            .overrideAuthority("localhost")
            .build();
  }

  @AfterEach
  void stop() {
    channel.shutdownNow();
    server.close();
  }

  @Test
  void endsTheStreamsOfARevokedTokenSoonAndNoOthers() throws Exception {
    var revoked = token("web-1");
    var one = new Stream("web-1", revoked).awaitSecret();
    var other = new Stream("web-2", token("web-2")).awaitSecret();

    try (var data = DataDirectory.openShared(server.data())) {
      new FileRevocations(data, CLOCK).revoke(TokenId.of(revoked));
    }

    assertThat(one.awaitEnd(SOON)).isEqualTo(Status.Code.UNAUTHENTICATED);
    assertThat(other.ended).isNotDone();
    assertThat(new Stream("web-1", revoked).awaitEnd(SOON)).isEqualTo(Status.Code.UNAUTHENTICATED);
  }

  @Test
  void endsTheStreamsOfARetiredKey() throws Exception {
    var old = new Stream("web-1", token("web-1")).awaitSecret();

    try (var data = DataDirectory.openShared(server.data())) {
      var keys = new FileSigningKeys(data, CLOCK);
      keys.rotate();
      keys.retire(Duration.ZERO);
    }

    assertThat(old.awaitEnd(SOON)).isEqualTo(Status.Code.UNAUTHENTICATED);
    new Stream("web-1", token("web-1")).awaitSecret();
  }

  private String token(String name) {
    return server.token(new DataplaneId("default", name), "web");
  }

  private final class Stream implements StreamObserver<DiscoveryResponse> {
    private final CompletableFuture<DiscoveryResponse> first = new CompletableFuture<>();
    private final CompletableFuture<Status.Code> ended = new CompletableFuture<>();

    Stream(String name, String token) {
      var headers = new Metadata();
      headers.put(AUTHORIZATION, "Bearer " + token);
      SecretDiscoveryServiceGrpc.newStub(channel)
          .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers))
          .streamSecrets(this)
          .onNext(
              DiscoveryRequest.newBuilder()
                  .setNode(Node.newBuilder().setId("default." + name))
                  .setTypeUrl(
                      "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret")
                  .addResourceNames("identity_cert:secret:default")
                  .build());
    }

    Stream awaitSecret() throws Exception {
      first.get(20, TimeUnit.SECONDS);
      return this;
    }

    Status.Code awaitEnd(Duration atMost) throws Exception {
      try {
        return ended.get(atMost.toMillis(), TimeUnit.MILLISECONDS);
      } catch (TimeoutException late) {
        throw new AssertionError("the stream is still there after " + atMost, late);
      }
    }

    @Override
    public void onNext(DiscoveryResponse response) {
      first.complete(response);
    }

    @Override
    public void onError(Throwable failure) {
      ended.complete(Status.fromThrowable(failure).getCode());
    }

    @Override
    public void onCompleted() {
      ended.complete(Status.Code.OK);
    }
  }
}
