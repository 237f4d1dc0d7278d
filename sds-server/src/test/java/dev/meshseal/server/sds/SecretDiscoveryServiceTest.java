package dev.meshseal.server.sds;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import com.google.rpc.Status;
import dev.meshseal.server.auth.Credential;
import dev.meshseal.server.auth.DataplaneAuthenticator;
import dev.meshseal.server.auth.NotAuthenticatedException;
import dev.meshseal.server.auth.WayIn;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.Secret;
import io.envoyproxy.envoy.service.discovery.v3.AggregatedDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import io.envoyproxy.envoy.service.secret.v3.SecretDiscoveryServiceGrpc;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status.Code;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.protobuf.ProtoUtils;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The service over real connections. */
final class SecretDiscoveryServiceTest {
  private static final String IDENTITY = "identity_cert:secret:default";
  private static final String TRUST = "mesh_ca:secret:default";
  private static final Optional<String> TOKEN = Optional.of("good");
  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

  static final List<MethodDescriptor<DiscoveryRequest, DiscoveryResponse>> STATE_OF_THE_WORLD =
      List.of(
          SecretDiscoveryServiceGrpc.getStreamSecretsMethod(),
          AggregatedDiscoveryServiceGrpc.getStreamAggregatedResourcesMethod());

  static final List<MethodDescriptor<DeltaDiscoveryRequest, DeltaDiscoveryResponse>> DELTA =
      List.of(
          SecretDiscoveryServiceGrpc.getDeltaSecretsMethod(),
          AggregatedDiscoveryServiceGrpc.getDeltaAggregatedResourcesMethod());

  private final ManualTime time = new ManualTime();
  private final FakeSecrets secrets = FakeSecrets.ready();
  private final CountingObserver observer = new CountingObserver();
  private final CompletableFuture<Credential> slow = new CompletableFuture<>();
  private final SdsStreams streams =
      new SdsStreams(
          "meshseal-0",
          secrets,
          new DataplaneAuthenticator(id -> Optional.empty()),
          time,
          time,
          SdsLimits.Streams.DEFAULT,
          observer);
  private final List<ManagedChannel> channels = new ArrayList<>();
  private final List<SdsListener> listeners = new ArrayList<>();
  private EventLoops loops = EventLoops.start();

  @TempDir private Path folder = Path.of("");

  @BeforeEach
  void listen() throws IOException {
    listen(loopback(), SdsLimits.Connections.DEFAULT);
  }

  @AfterEach
  void stop() throws InterruptedException {
    channels.forEach(ManagedChannel::shutdownNow);
    for (var listener : listeners) {
      listener.stop(Duration.ZERO);
    }
    loops.close();
  }

  private WayIn wayIn() {
    return (headers, transport) ->
        switch (Optional.ofNullable(headers.get(AUTHORIZATION)).orElse("")) {
          case "good" -> CompletableFuture.completedFuture(FakeEnvoy.credential());
          case "slow" -> slow;
          case "" -> failed(NotAuthenticatedException.Reason.MISSING);
          case "broken" -> throw new IllegalStateException("a bug");
          default -> failed(NotAuthenticatedException.Reason.SIGNATURE);
        };
  }

  private static CompletableFuture<Credential> failed(NotAuthenticatedException.Reason reason) {
    return CompletableFuture.failedFuture(new NotAuthenticatedException(reason, "not good"));
  }

  private static SdsListener.Address loopback() {
    return new SdsListener.Address.Tcp(
        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), Optional.empty());
  }

  private SdsListener listen(SdsListener.Address address, SdsLimits.Connections limits)
      throws IOException {
    var listener =
        SdsListener.start(address, new SecretDiscoveryService(streams, wayIn()), limits, loops);
    listeners.add(listener);
    return listener;
  }

  private ManagedChannel channel() {
    return channel(listeners.getFirst());
  }

  private ManagedChannel channel(SdsListener listener) {
    var channel =
        NettyChannelBuilder.forAddress(
                new InetSocketAddress(
                    InetAddress.getLoopbackAddress(), listener.port().orElseThrow()))
            .usePlaintext()
            .flowControlWindow(64 * 1024)
            .build();
    channels.add(channel);
    return channel;
  }

  private TestCall<DiscoveryRequest, DiscoveryResponse> stream() {
    return TestCall.open(channel(), STATE_OF_THE_WORLD.getFirst(), TOKEN);
  }

  private static Node node(String id) {
    return Node.newBuilder().setId(id).build();
  }

  private static DiscoveryRequest request(String... names) {
    return DiscoveryRequest.newBuilder()
        .setNode(node("default.web-1"))
        .setTypeUrl(EnvoySecrets.TYPE_URL)
        .addAllResourceNames(List.of(names))
        .build();
  }

  private static DeltaDiscoveryRequest deltaRequest(String... names) {
    return DeltaDiscoveryRequest.newBuilder()
        .setNode(node("default.web-1"))
        .setTypeUrl(EnvoySecrets.TYPE_URL)
        .addAllResourceNamesSubscribe(List.of(names))
        .build();
  }

  private static String name(DiscoveryResponse response) throws IOException {
    return response.getResources(0).unpack(Secret.class).getName();
  }

  // It works

  @ParameterizedTest
  @FieldSource("STATE_OF_THE_WORLD")
  void servesTheStateOfTheWorld(MethodDescriptor<DiscoveryRequest, DiscoveryResponse> method)
      throws Exception {
    var call = TestCall.open(channel(), method, TOKEN);

    call.send(request(IDENTITY, TRUST).toBuilder().setVersionInfo("i1K").build());
    var trust = call.next();
    var identity = call.next();
    secrets.identity(2);
    secrets.wakeAll();
    var renewed = call.next();

    assertThat(List.of(name(trust), name(identity), name(renewed)))
        .containsExactly(TRUST, IDENTITY, IDENTITY);
    assertThat(renewed.getVersionInfo()).isEqualTo("i2K");
    assertThat(renewed.getControlPlane().getIdentifier()).isEqualTo("meshseal-0");
    assertThat(renewed.getTypeUrl()).isEqualTo(EnvoySecrets.TYPE_URL);
  }

  @ParameterizedTest
  @FieldSource("DELTA")
  void servesDelta(MethodDescriptor<DeltaDiscoveryRequest, DeltaDiscoveryResponse> method)
      throws Exception {
    var call = TestCall.open(channel(), method, TOKEN);

    call.send(
        deltaRequest(IDENTITY, "nobody").toBuilder()
            .putInitialResourceVersions(IDENTITY, "i1K")
            .build());
    var identity = call.next();
    var removed = call.next();
    secrets.identity(2);
    secrets.wakeAll();
    var renewed = call.next();

    assertThat(identity.getResources(0).getName()).isEqualTo(IDENTITY);
    assertThat(removed.getRemovedResourcesList()).containsExactly("nobody");
    assertThat(removed.getTypeUrl()).isEqualTo(EnvoySecrets.TYPE_URL);
    assertThat(renewed.getResources(0).getVersion()).isEqualTo("i2K");
  }

  @Test
  void servesAFetch() throws Exception {
    var call = TestCall.open(channel(), SecretDiscoveryServiceGrpc.getFetchSecretsMethod(), TOKEN);

    call.send(request(IDENTITY, TRUST));
    call.halfClose();

    assertThat(call.end().getCode()).isEqualTo(Code.OK);
    assertThat(call.next().getResourcesCount()).isEqualTo(2);
  }

  @Test
  void servesOverTheTransportOfTheJdkToo() throws Exception {
    stop();
    channels.clear();
    listeners.clear();
    loops = EventLoops.startNio(1);
    listen();
    var call = stream();

    call.send(request(IDENTITY));

    assertThat(name(call.next())).isEqualTo(IDENTITY);
    assertThat(loops.isEpoll()).isFalse();
  }

  @Test
  void recordsAnAckAndANack() throws Exception {
    var call = stream();
    call.send(request(TRUST, IDENTITY));
    var trust = call.next();
    var identity = call.next();

    call.send(
        request(TRUST, IDENTITY).toBuilder()
            .setVersionInfo(trust.getVersionInfo())
            .setResponseNonce(trust.getNonce())
            .build());
    call.send(
        request(TRUST, IDENTITY).toBuilder()
            .setResponseNonce(identity.getNonce())
            .setErrorDetail(Status.newBuilder().setMessage("no such curve"))
            .build());

    await().until(() -> observer.count("nacked IDENTITY: no such curve") == 1);
    assertThat(observer.count("acked TRUST after PT0S")).isEqualTo(1);
    assertThat(streams.statuses().getFirst().peer()).contains("127.0.0.1");
  }

  // Who may not

  @ParameterizedTest
  @FieldSource("STATE_OF_THE_WORLD")
  void refusesAStreamWithoutACredentialBeforeItAsks(
      MethodDescriptor<DiscoveryRequest, DiscoveryResponse> method) throws Exception {
    var call = TestCall.open(channel(), method, Optional.empty());

    var end = call.end();

    assertThat(end.getCode()).isEqualTo(Code.UNAUTHENTICATED);
    assertThat(end.getDescription())
        .isEqualTo("a credential is missing; send metadata 'authorization' with a token");
  }

  @ParameterizedTest
  @FieldSource("DELTA")
  void refusesAWrongCredential(
      MethodDescriptor<DeltaDiscoveryRequest, DeltaDiscoveryResponse> method) throws Exception {
    var call = TestCall.open(channel(), method, Optional.of("forged"));

    assertThat(call.end().getCode()).isEqualTo(Code.UNAUTHENTICATED);
  }

  @Test
  void waitsForAWayInThatTakesItsTime() throws Exception {
    var call = TestCall.open(channel(), STATE_OF_THE_WORLD.getFirst(), Optional.of("slow"));
    call.send(request(IDENTITY));
    await().until(() -> streams.size() == 1);

    slow.complete(FakeEnvoy.credential());

    assertThat(name(call.next())).isEqualTo(IDENTITY);
  }

  @Test
  void tellsAClientNothingOfABugOfOurs() throws Exception {
    var call = TestCall.open(channel(), STATE_OF_THE_WORLD.getFirst(), Optional.of("broken"));

    var end = call.end();

    assertThat(end.getCode()).isEqualTo(Code.INTERNAL);
    assertThat(end.getDescription()).doesNotContain("bug");
    assertThat(streams.size()).isZero();
  }

  @Test
  void refusesAnotherMesh() throws Exception {
    var call = stream();

    call.send(request(IDENTITY).toBuilder().setNode(node("other.web-1")).build());

    assertThat(call.end().getCode()).isEqualTo(Code.PERMISSION_DENIED);
  }

  @Test
  void refusesANodeThatChanges() throws Exception {
    var call = stream();
    call.send(request(IDENTITY));
    call.next();

    call.send(request(IDENTITY).toBuilder().setNode(node("default.web-2")).build());

    assertThat(call.end().getCode()).isEqualTo(Code.INVALID_ARGUMENT);
    assertThat(call.end().getDescription()).contains("'default.web-1'", "'default.web-2'");
  }

  // What no one should send

  @Test
  void refusesNamesThatAreNotText() throws Exception {
    var call = TestCall.open(channel(), raw(), TOKEN);
    var bytes = request("xxxx").toByteArray();
    bytes[bytes.length - EnvoySecrets.TYPE_URL.length() - 3] = (byte) 0xff;

    call.send(bytes);

    assertThat(call.end().getCode()).isEqualTo(Code.INVALID_ARGUMENT);
    assertThat(call.end().getDescription())
        .isEqualTo("resource_names is not valid UTF-8; send text");
  }

  @Test
  void refusesBytesThatAreNoRequest() throws Exception {
    var call = TestCall.open(channel(), raw(), TOKEN);

    call.send(new byte[] {(byte) 0xff, (byte) 0xff, (byte) 0xff});

    assertThat(call.end().getCode()).isEqualTo(Code.INVALID_ARGUMENT);
    assertThat(call.end().getDescription()).doesNotContain("Exception");
  }

  private static MethodDescriptor<byte[], DiscoveryResponse> raw() {
    return STATE_OF_THE_WORLD.getFirst().toBuilder(
            new BytesMarshaller(),
            ProtoUtils.<DiscoveryResponse>marshaller(DiscoveryResponse.getDefaultInstance()))
        .build();
  }

  private record BytesMarshaller() implements MethodDescriptor.Marshaller<byte[]> {
    @Override
    public InputStream stream(byte[] bytes) {
      return new ByteArrayInputStream(bytes);
    }

    @Override
    public byte[] parse(InputStream stream) {
      throw new UnsupportedOperationException("only sent");
    }
  }

  @Test
  void refusesTenThousandNames() throws Exception {
    var call = stream();

    call.send(request(IntStream.range(0, 10_000).mapToObj(i -> "n" + i).toArray(String[]::new)));

    assertThat(call.end().getCode()).isEqualTo(Code.RESOURCE_EXHAUSTED);
    assertThat(call.end().getDescription()).contains("100 names", "10000");
  }

  @Test
  void refusesAMessageThatIsTooLarge() throws Exception {
    var call = stream();

    call.send(
        request(IDENTITY).toBuilder()
            .setVersionInfoBytes(ByteString.copyFrom(new byte[300 * 1024]))
            .build());

    assertThat(call.end().getCode()).isEqualTo(Code.RESOURCE_EXHAUSTED);
  }

  @Test
  void doesNotAnswerAnotherTypeAndLivesOn() throws Exception {
    var call = TestCall.open(channel(), STATE_OF_THE_WORLD.getLast(), TOKEN);

    call.send(
        request("x").toBuilder()
            .setTypeUrl("type.googleapis.com/envoy.config.cluster.v3.Cluster")
            .build());
    call.send(request(IDENTITY));

    assertThat(name(call.next())).isEqualTo(IDENTITY);
    assertThat(call.unread()).isZero();
  }

  @Test
  void sendsTheNewestToAClientThatDidNotReadAndHoldsLittleForIt() throws Exception {
    var call = TestCall.openWithoutReading(channel(), STATE_OF_THE_WORLD.getFirst(), TOKEN);
    call.send(request(TRUST));
    await().until(() -> observer.count("sent TRUST") >= 1);

    for (var version = 2; version < 2_000; version++) {
      secrets.trust("default", TestRoots.first(1 + version % 63));
      secrets.wakeAll();
    }
    secrets.trust("default", TestRoots.first(21));
    secrets.wakeAll();
    var held = observer.count("sent TRUST");
    call.read(10_000);
    var last = call.next();
    while (!holds(last, 21)) {
      last = call.next();
    }

    // 64 KiB of flow control and 32 KiB of ours, in bundles of some 2 KiB each.
    assertThat(held).isLessThan(200);
    assertThat(observer.count("sent TRUST")).isLessThan(210);
  }

  private static boolean holds(DiscoveryResponse response, int roots) throws IOException {
    return response
        .getResources(0)
        .unpack(Secret.class)
        .getValidationContext()
        .getTrustedCa()
        .getInlineBytes()
        .toStringUtf8()
        .equals(TestRoots.first(roots).pem());
  }

  @Test
  void doesNotReadFromAClientThatAsksWithoutReading() throws Exception {
    var call = TestCall.openWithoutReading(channel(), DELTA.getFirst(), TOKEN);

    var asked = 0;
    while (asked < 1_000_000 && (call.isWritable() || asked < 100)) {
      call.send(deltaRequest(TRUST));
      asked++;
      if (asked % 500 == 0) {
        await().pollDelay(Duration.ZERO).atMost(Duration.ofSeconds(2)).until(() -> true);
      }
    }
    var answered = observer.count("sent TRUST");

    assertThat(call.isWritable()).isFalse();
    assertThat(answered).isLessThan(400);
    assertThat(call.isOpen()).isTrue();
  }

  // Limits of connections

  @Test
  void refusesMoreConnectionsThanTheLimitInAll() throws Exception {
    var narrow = listen(loopback(), SdsLimits.Connections.DEFAULT.atMost(2, 100));
    var two = List.of(opened(narrow), opened(narrow));

    var third = opened(narrow);

    assertThat(third.end().getCode()).isEqualTo(Code.UNAVAILABLE);
    assertThat(two).allMatch(TestCall::isOpen);
    assertThat(narrow.connections()).isEqualTo(2);
    assertThat(narrow.refusedConnections()).isPositive();
  }

  @Test
  void refusesMoreConnectionsThanTheLimitFromOneAddressUntilOneIsGone() throws Exception {
    var narrow = listen(loopback(), SdsLimits.Connections.DEFAULT.atMost(100, 1));
    opened(narrow);
    var second = opened(narrow).end();
    // The refused one would try again, and be quicker than the third.
    channels.forEach(ManagedChannel::shutdownNow);
    await().until(() -> narrow.connections() == 0);

    var third = opened(narrow);

    assertThat(second.getCode()).isEqualTo(Code.UNAVAILABLE);
    assertThat(third.isOpen()).isTrue();
  }

  private TestCall<DiscoveryRequest, DiscoveryResponse> opened(SdsListener listener)
      throws Exception {
    var call = TestCall.open(channel(listener), STATE_OF_THE_WORLD.getFirst(), TOKEN);
    call.send(request(IDENTITY));
    await().until(() -> call.unread() > 0 || !call.isOpen());
    return call;
  }

  // Addresses

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void servesOnAUnixSocket(boolean epoll) throws Exception {
    try (var own = epoll ? EventLoops.start() : EventLoops.startNio(1)) {
      var path = folder.resolve("sds.sock");
      var listener =
          SdsListener.start(
              new SdsListener.Address.Unix(path, OptionalInt.empty()),
              new SecretDiscoveryService(streams, wayIn()),
              SdsLimits.Connections.DEFAULT,
              own);
      var channel = unix(path);
      var call = TestCall.open(channel, STATE_OF_THE_WORLD.getFirst(), TOKEN);

      call.send(request(IDENTITY));

      assertThat(name(call.next())).isEqualTo(IDENTITY);
      channel.shutdownNow();
      listener.stop(Duration.ZERO);
      assertThat(path).doesNotExist();
    }
  }

  private static ManagedChannel unix(Path path) {
    return NettyChannelBuilder.forAddress(
            new io.netty.channel.unix.DomainSocketAddress(path.toFile()))
        .eventLoopGroup(
            new io.netty.channel.MultiThreadIoEventLoopGroup(
                1, io.netty.channel.epoll.EpollIoHandler.newFactory()))
        .channelType(io.netty.channel.epoll.EpollDomainSocketChannel.class)
        .usePlaintext()
        .build();
  }

  @Test
  void closesAUnixSocketToOtherUsers() throws Exception {
    var path = folder.resolve("sds.sock");
    var me = (Integer) java.nio.file.Files.getAttribute(folder, "unix:uid");
    var mine =
        listen(
            new SdsListener.Address.Unix(path, OptionalInt.of(me)), SdsLimits.Connections.DEFAULT);
    var open = TestCall.open(unix(path), STATE_OF_THE_WORLD.getFirst(), TOKEN);
    open.send(request(IDENTITY));
    open.next();
    var other = folder.resolve("other.sock");
    listen(
        new SdsListener.Address.Unix(other, OptionalInt.of(me + 1)), SdsLimits.Connections.DEFAULT);

    var refused = TestCall.open(unix(other), STATE_OF_THE_WORLD.getFirst(), TOKEN);

    assertThat(refused.end().getCode()).isEqualTo(Code.UNAVAILABLE);
    assertThat(mine.connections()).isEqualTo(1);
  }

  @Test
  void takesOverASocketFileThatNobodyListensOn() throws Exception {
    var path = folder.resolve("sds.sock");
    try (var dead =
        java.nio.channels.ServerSocketChannel.open(java.net.StandardProtocolFamily.UNIX)) {
      dead.bind(java.net.UnixDomainSocketAddress.of(path));
    }

    var listener =
        listen(
            new SdsListener.Address.Unix(path, OptionalInt.empty()), SdsLimits.Connections.DEFAULT);

    assertThat(listener.connections()).isZero();
  }

  @Test
  void doesNotTakeOverASocketThatIsInUse() throws Exception {
    var address = new SdsListener.Address.Unix(folder.resolve("sds.sock"), OptionalInt.empty());
    listen(address, SdsLimits.Connections.DEFAULT);

    assertThatThrownBy(() -> listen(address, SdsLimits.Connections.DEFAULT))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("cannot listen on unix:")
        .hasMessageContaining("sds.sock");
  }

  @Test
  void doesNotRemoveAFileThatIsNoSocket() throws Exception {
    var path = java.nio.file.Files.writeString(folder.resolve("precious"), "text");

    assertThatThrownBy(
            () ->
                listen(
                    new SdsListener.Address.Unix(path, OptionalInt.empty()),
                    SdsLimits.Connections.DEFAULT))
        .hasMessageContaining("no socket");
    assertThat(path).hasContent("text");
  }

  @Test
  void saysWhichPortIsInUse() {
    var taken =
        new InetSocketAddress(
            InetAddress.getLoopbackAddress(), listeners.getFirst().port().orElseThrow());

    assertThatThrownBy(
            () ->
                listen(
                    new SdsListener.Address.Tcp(taken, Optional.empty()),
                    SdsLimits.Connections.DEFAULT))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("cannot listen on")
        .hasMessageContaining(":" + taken.getPort())
        .hasMessageContaining("is another server running there");
  }

  // The end

  @Test
  void endsStreamsQuietlyWhenItDrains() throws Exception {
    var call = stream();
    call.send(request(IDENTITY));
    call.next();

    var drained = streams.drain(Duration.ZERO).toCompletableFuture();
    time.pass(Duration.ZERO);

    assertThat(call.end().getCode()).isEqualTo(Code.UNAVAILABLE);
    assertThat(drained).succeedsWithin(Duration.ofSeconds(10));
    assertThat(secrets.open()).isEmpty();
  }

  @Test
  void forgetsAStreamWhoseClientIsGone() throws Exception {
    var call = stream();
    call.send(request(IDENTITY));
    call.next();

    call.cancel();

    await().until(() -> streams.size() == 0 && secrets.open().isEmpty());
  }

  @Test
  void endsWithAClientThatWillAskNoMore() throws Exception {
    var call = stream();
    call.send(request(IDENTITY));
    call.next();

    call.halfClose();

    assertThat(call.end().getCode()).isEqualTo(Code.OK);
  }

  @Test
  void writesNothingOfAKeyIntoItsStatus() throws Exception {
    var call = stream();
    call.send(request(IDENTITY));
    Message seen = call.next();

    assertThat(seen.toString()).contains("key 1");
    assertThat(streams.statuses().toString()).doesNotContain("key 1");
  }
}
