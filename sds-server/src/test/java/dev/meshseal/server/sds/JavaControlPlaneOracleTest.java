package dev.meshseal.server.sds;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.meshseal.server.auth.DataplaneAuthenticator;
import dev.meshseal.x509.IdentityCertificate;
import dev.meshseal.x509.TrustBundle;
import io.envoyproxy.controlplane.cache.NodeGroup;
import io.envoyproxy.controlplane.cache.v3.SimpleCache;
import io.envoyproxy.controlplane.cache.v3.Snapshot;
import io.envoyproxy.controlplane.server.V3DiscoveryServer;
import io.envoyproxy.envoy.config.core.v3.DataSource;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.CertificateValidationContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.Secret;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.TlsCertificate;
import io.envoyproxy.envoy.service.discovery.v3.AggregatedDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import io.envoyproxy.envoy.service.secret.v3.SecretDiscoveryServiceGrpc;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * What a well-behaved client sees of us is what it sees of java-control-plane's server, after every
 * request and every change, but for what is deliberate:
 *
 * <ul>
 *   <li>State of the world: we send a secret a response, and only those that the client has not;
 *       java-control-plane sends all of them in one response whenever one is new.
 *   <li>Delta: we say of a name that we do not know that it is not there; java-control-plane says
 *       nothing.
 *   <li>Delta: we send a name again that is subscribed to again, as the protocol requires; java-
 *       control-plane only one that it thinks is new.
 * </ul>
 *
 * Everything runs in the thread of the test, so that all answers are there when a call returns.
 */
final class JavaControlPlaneOracleTest {
  private static final String IDENTITY = "identity_cert:secret:default";
  private static final String TRUST = "mesh_ca:secret:default";
  private static final String OTHER_TRUST = "mesh_ca:secret:other";
  private static final Node NODE = Node.newBuilder().setId("default.web-1").build();

  private final World world = new World();
  private final List<Server> servers = new ArrayList<>();
  private final List<ManagedChannel> channels = new ArrayList<>();
  private final ManagedChannel ours = ours();
  private final ManagedChannel theirs = theirs();

  @AfterEach
  void stop() {
    channels.forEach(ManagedChannel::shutdownNow);
    servers.forEach(Server::shutdownNow);
  }

  /** The same secrets in both servers. */
  private static final class World {
    private final FakeSecrets secrets = FakeSecrets.ready();
    private final SimpleCache<String> cache = new SimpleCache<>(new OneGroup());
    private int identity = 1;
    private int trust = 1;
    private int changes;

    World() {
      publish();
    }

    void renewIdentity() {
      identity++;
      secrets.identity(identity);
      publish();
    }

    void changeTrust() {
      trust += 2;
      secrets.trust("default", TestRoots.first(trust));
      publish();
    }

    private void publish() {
      cache.setSnapshot(
          "all",
          Snapshot.create(
              List.of(),
              List.of(),
              List.of(),
              List.of(),
              List.of(
                  identity(FakeSecrets.certificate(identity)),
                  roots(TRUST, TestRoots.first(trust)),
                  roots(OTHER_TRUST, TestRoots.first(2))),
              Integer.toString(++changes)));
      secrets.wakeAll();
    }

    private static Secret identity(IdentityCertificate certificate) {
      return Secret.newBuilder()
          .setName(IDENTITY)
          .setTlsCertificate(
              TlsCertificate.newBuilder()
                  .setCertificateChain(inline(certificate.chainPem()))
                  .setPrivateKey(inline(certificate.privateKeyPem())))
          .build();
    }

    private static Secret roots(String name, TrustBundle bundle) {
      return Secret.newBuilder()
          .setName(name)
          .setValidationContext(
              CertificateValidationContext.newBuilder().setTrustedCa(inline(bundle.pem())))
          .build();
    }

    private static DataSource inline(String pem) {
      return DataSource.newBuilder().setInlineBytes(ByteString.copyFromUtf8(pem)).build();
    }
  }

  private record OneGroup() implements NodeGroup<String> {
    @Override
    public String hash(Node node) {
      return "all";
    }
  }

  private ManagedChannel ours() {
    var time = new ManualTime();
    var streams =
        new SdsStreams(
            "meshseal-0",
            world.secrets,
            new DataplaneAuthenticator(id -> Optional.empty()),
            time,
            time,
            SdsLimits.Streams.DEFAULT,
            SdsObserver.NONE);
    var builder = InProcessServerBuilder.forName(InProcessServerBuilder.generateName());
    new SecretDiscoveryService(
            streams,
            (headers, transport) -> CompletableFuture.completedFuture(FakeEnvoy.credential()))
        .services()
        .forEach(builder::addService);
    return connect(builder);
  }

  private ManagedChannel theirs() {
    var server = new V3DiscoveryServer(world.cache);
    return connect(
        InProcessServerBuilder.forName(InProcessServerBuilder.generateName())
            .addService(server.getSecretDiscoveryServiceImpl())
            .addService(server.getAggregatedDiscoveryServiceImpl()));
  }

  private ManagedChannel connect(InProcessServerBuilder builder) {
    try {
      var server = builder.directExecutor().build().start();
      servers.add(server);
      var name = server.getListenSockets().getFirst().toString();
      var channel = InProcessChannelBuilder.forName(name).directExecutor().build();
      channels.add(channel);
      return channel;
    } catch (IOException impossible) {
      throw new IllegalStateException("nothing is needed to listen in process", impossible);
    }
  }

  /** A client that accepts whatever it gets, and what it has got. */
  private abstract static class Client<Q, R> implements StreamObserver<R> {
    final Set<String> names = new LinkedHashSet<>();
    private final Map<String, Secret> held = new TreeMap<>();
    private final List<String> lately = new ArrayList<>();
    private final StreamObserver<Q> server;

    Client(ManagedChannel channel, MethodDescriptor<Q, R> method) {
      server =
          ClientCalls.asyncBidiStreamingCall(
              channel.newCall(method, io.grpc.CallOptions.DEFAULT), this);
    }

    abstract void ask(List<String> more, List<String> less);

    final void send(Q request) {
      server.onNext(request);
    }

    final void got(com.google.protobuf.Any resource) {
      try {
        var secret = resource.unpack(Secret.class);
        held.put(secret.getName(), secret);
        lately.add(secret.getName());
      } catch (InvalidProtocolBufferException malformed) {
        throw new AssertionError("no secret", malformed);
      }
    }

    void subscribe(String... more) {
      names.addAll(List.of(more));
      ask(List.of(more), List.of());
    }

    void unsubscribe(String... less) {
      List.of(less).forEach(names::remove);
      ask(List.of(), List.of(less));
    }

    List<String> takeLately() {
      var taken = List.copyOf(lately);
      lately.clear();
      return taken;
    }

    @Override
    public void onError(Throwable failure) {
      lately.add("the stream ended: " + failure);
    }

    @Override
    public void onCompleted() {
      lately.add("the stream ended");
    }
  }

  private static final class SotwClient extends Client<DiscoveryRequest, DiscoveryResponse> {
    private String version = "";
    private String nonce = "";

    SotwClient(
        ManagedChannel channel, MethodDescriptor<DiscoveryRequest, DiscoveryResponse> method) {
      super(channel, method);
    }

    @Override
    void ask(List<String> more, List<String> less) {
      send(
          DiscoveryRequest.newBuilder()
              .setNode(NODE)
              .setVersionInfo(version)
              .setResponseNonce(nonce)
              .setTypeUrl(EnvoySecrets.TYPE_URL)
              .addAllResourceNames(names)
              .build());
    }

    @Override
    public void onNext(DiscoveryResponse response) {
      response.getResourcesList().forEach(this::got);
      version = response.getVersionInfo();
      nonce = response.getNonce();
      ask(List.of(), List.of());
    }
  }

  private static final class DeltaClient
      extends Client<DeltaDiscoveryRequest, DeltaDiscoveryResponse> {
    DeltaClient(
        ManagedChannel channel,
        MethodDescriptor<DeltaDiscoveryRequest, DeltaDiscoveryResponse> method) {
      super(channel, method);
    }

    @Override
    void ask(List<String> more, List<String> less) {
      send(
          request()
              .addAllResourceNamesSubscribe(more)
              .addAllResourceNamesUnsubscribe(less)
              .build());
    }

    private static DeltaDiscoveryRequest.Builder request() {
      return DeltaDiscoveryRequest.newBuilder().setNode(NODE).setTypeUrl(EnvoySecrets.TYPE_URL);
    }

    @Override
    public void onNext(DeltaDiscoveryResponse response) {
      response.getResourcesList().forEach(resource -> got(resource.getResource()));
      send(request().setResponseNonce(response.getNonce()).build());
    }
  }

  /** The same client on both servers. */
  private record Pair(Client<?, ?> ours, Client<?, ?> theirs) {
    void subscribe(String... more) {
      ours.subscribe(more);
      theirs.subscribe(more);
    }

    void unsubscribe(String... less) {
      ours.unsubscribe(less);
      theirs.unsubscribe(less);
    }

    /** Both clients hold the same, and what only they have sent was not new to the client. */
    void assertSame(String... sentByUs) {
      var before = theirs.takeLately();
      assertThat(ours.takeLately()).containsExactlyInAnyOrder(sentByUs);
      assertThat(before).contains(sentByUs);
      assertThat(ours.held).isEqualTo(theirs.held);
    }

    void assertSilent() {
      assertThat(ours.takeLately()).isEmpty();
      assertThat(theirs.takeLately()).isEmpty();
    }
  }

  private List<Pair> pairsInStateOfTheWorld() {
    return List.of(
        pair(SecretDiscoveryServiceGrpc.getStreamSecretsMethod()),
        pair(AggregatedDiscoveryServiceGrpc.getStreamAggregatedResourcesMethod()));
  }

  private Pair pair(MethodDescriptor<DiscoveryRequest, DiscoveryResponse> method) {
    return new Pair(new SotwClient(ours, method), new SotwClient(theirs, method));
  }

  private List<Pair> pairsInDelta() {
    return List.of(
        deltaPair(SecretDiscoveryServiceGrpc.getDeltaSecretsMethod()),
        deltaPair(AggregatedDiscoveryServiceGrpc.getDeltaAggregatedResourcesMethod()));
  }

  private Pair deltaPair(MethodDescriptor<DeltaDiscoveryRequest, DeltaDiscoveryResponse> method) {
    return new Pair(new DeltaClient(ours, method), new DeltaClient(theirs, method));
  }

  private List<Pair> pairs() {
    var all = new ArrayList<>(pairsInStateOfTheWorld());
    all.addAll(pairsInDelta());
    return all;
  }

  @Test
  void answersAFirstRequestAsTheyDo() {
    for (var pair : pairs()) {
      pair.subscribe(IDENTITY);

      pair.assertSame(IDENTITY);
    }
  }

  @Test
  void answersAFirstRequestForTwoAsTheyDo() {
    for (var pair : pairs()) {
      pair.subscribe(TRUST, IDENTITY);

      pair.assertSame(TRUST, IDENTITY);
    }
  }

  @Test
  void answersAnAddedNameAsTheyDo() {
    for (var pair : pairs()) {
      pair.subscribe(TRUST);
      pair.assertSame(TRUST);

      pair.subscribe(IDENTITY);

      pair.assertSame(IDENTITY);
    }
  }

  @Test
  void pushesARenewedIdentityAsTheyDo() {
    for (var pair : pairs()) {
      pair.subscribe(TRUST, IDENTITY);
      pair.assertSame(TRUST, IDENTITY);

      world.renewIdentity();

      pair.assertSame(IDENTITY);
    }
  }

  @Test
  void pushesChangedTrustAsTheyDo() {
    for (var pair : pairs()) {
      pair.subscribe(TRUST, IDENTITY);
      pair.assertSame(TRUST, IDENTITY);

      world.changeTrust();
      world.renewIdentity();

      pair.assertSame(TRUST, IDENTITY);
    }
  }

  @Test
  void saysNothingOfADroppedNameAsTheyDo() {
    for (var pair : pairs()) {
      pair.subscribe(TRUST, IDENTITY);
      pair.assertSame(TRUST, IDENTITY);

      pair.unsubscribe(IDENTITY);

      pair.assertSilent();
    }
  }

  @Test
  void answersANameThatIsWantedAgainAsTheyDo() {
    for (var pair : pairs()) {
      pair.subscribe(TRUST, IDENTITY);
      pair.assertSame(TRUST, IDENTITY);
      pair.unsubscribe(IDENTITY);
      pair.assertSilent();
      world.renewIdentity();
      pair.theirs().takeLately();

      pair.subscribe(IDENTITY);

      pair.assertSame(IDENTITY);
    }
  }

  @Test
  void livesOnThroughManyChangesAsTheyDo() {
    for (var pair : pairs()) {
      pair.subscribe(OTHER_TRUST, TRUST, IDENTITY);
      pair.assertSame(OTHER_TRUST, TRUST, IDENTITY);

      for (var i = 0; i < 10; i++) {
        world.renewIdentity();
        pair.assertSame(IDENTITY);
        world.changeTrust();
        pair.assertSame(TRUST);
      }
    }
  }
}
