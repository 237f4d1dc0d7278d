package dev.meshseal.server.sds;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.meshseal.server.auth.Credential;
import dev.meshseal.server.sds.SecretsRequest.Names;
import dev.meshseal.server.sds.SecretsRequest.Node;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.Secret;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import io.grpc.SynchronizationContext;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The other end of one stream, without a network: asks as an Envoy asks in the stream's variant,
 * and keeps what it was sent.
 */
final class FakeEnvoy implements Outbound {
  private static final SocketAddress PEER =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 40_000);

  private final Variant variant;
  private final SdsStream stream;
  private final SynchronizationContext context =
      new SynchronizationContext(
          (thread, failure) -> {
            throw new AssertionError("the stream threw", failure);
          });

  private final Set<String> names = new LinkedHashSet<>();
  private final List<Seen> inbox = new ArrayList<>();
  private final List<StreamEnd> ends = new ArrayList<>();
  private String lastNonce = "";
  private boolean first = true;
  private boolean writable = true;
  private int room = Integer.MAX_VALUE;
  private int reads;
  private boolean busy;
  private final List<Runnable> queued = new ArrayList<>();

  FakeEnvoy(SdsStreams streams, Service service, Variant variant) {
    this.variant = variant;
    this.stream =
        new SdsStream(
            streams,
            new SdsStream.Origin(service, variant, PEER, streams.now()),
            this,
            this::confined);
    context.execute(stream::open);
  }

  private void confined(Runnable task) {
    if (busy) {
      queued.add(task);
    } else {
      context.execute(task);
    }
  }

  /** From now on the stream's thread has other things to do; returns what it is given meanwhile. */
  List<Runnable> busy() {
    busy = true;
    return queued;
  }

  void idle() {
    busy = false;
    queued.forEach(context::execute);
    queued.clear();
  }

  /** One response, or for a fetch of many names one of its secrets. */
  record Seen(String name, String version, String nonce, Optional<Secret> secret) {
    boolean isRemoval() {
      return secret.isEmpty();
    }
  }

  static Credential credential() {
    return credential("token 1");
  }

  static Credential credential(String subject) {
    return Credential.of(subject, Credential.Permits.in("default"), Instant.MAX);
  }

  FakeEnvoy authenticated() {
    return authenticated(credential());
  }

  FakeEnvoy authenticated(Credential credential) {
    happens(new StreamEvent.Authenticated(credential));
    return this;
  }

  void happens(StreamEvent event) {
    context.execute(() -> stream.on(event));
  }

  /** Asks for more names; the first time with the node. */
  void subscribe(String... more) {
    names.addAll(List.of(more));
    ask(List.of(more), List.of(), lastNonce, Optional.empty());
  }

  void unsubscribe(String... less) {
    List.of(less).forEach(names::remove);
    ask(List.of(), List.of(less), lastNonce, Optional.empty());
  }

  void ack(Seen seen) {
    ask(List.of(), List.of(), seen.nonce(), Optional.empty());
  }

  void nack(Seen seen, String reason) {
    ask(List.of(), List.of(), seen.nonce(), Optional.of(reason));
  }

  void nackAndSubscribe(Seen seen, String reason, String... more) {
    names.addAll(List.of(more));
    ask(List.of(more), List.of(), seen.nonce(), Optional.of(reason));
  }

  void ackAll() {
    List.copyOf(inbox).forEach(this::ack);
  }

  /** As Envoy does when its last listener or cluster with the type has gone. */
  void unsubscribeAll() {
    unsubscribe(names.toArray(String[]::new));
  }

  /** Asks with a nonce of the test's choice. */
  void subscribeWithNonce(String nonce, String... more) {
    names.addAll(List.of(more));
    ask(List.of(more), List.of(), nonce, Optional.empty());
  }

  private void ask(List<String> more, List<String> less, String nonce, Optional<String> refusal) {
    request(
        first ? Optional.of(new Node("default.web-1", "envoy 1.40.0")) : Optional.empty(),
        EnvoySecrets.TYPE_URL,
        nonce,
        refusal,
        variant == Variant.DELTA
            ? new Names.Change(more, less)
            : new Names.Whole(List.copyOf(names)));
  }

  void request(
      Optional<Node> node, String typeUrl, String nonce, Optional<String> refusal, Names wanted) {
    first = false;
    happens(new StreamEvent.Requested(new SecretsRequest(node, typeUrl, nonce, refusal, wanted)));
  }

  /** The names in the words of the stream's variant. */
  Names wanted(String... some) {
    return variant == Variant.DELTA
        ? new Names.Change(List.of(some), List.of())
        : new Names.Whole(List.of(some));
  }

  /** From now on the client does not read. */
  void stopReading() {
    writable = false;
  }

  /** The client reads at most so many responses, then stops. */
  void readOnly(int responses) {
    writable = true;
    room = responses;
    happens(new StreamEvent.WritableAgain());
  }

  void readAgain() {
    readOnly(Integer.MAX_VALUE);
  }

  /** What came since the last time. */
  List<Seen> take() {
    var taken = List.copyOf(inbox);
    inbox.clear();
    return taken;
  }

  /** The only response since the last time. */
  Seen takeOne() {
    var taken = take();
    if (taken.size() != 1) {
      throw new AssertionError("expected one response, got " + taken);
    }
    return taken.getFirst();
  }

  /** The names of what came since the last time. */
  List<String> takeNames() {
    return take().stream().map(Seen::name).toList();
  }

  Optional<StreamEnd> end() {
    if (ends.size() > 1) {
      throw new AssertionError("a stream ended twice: " + ends);
    }
    return ends.stream().findFirst();
  }

  int reads() {
    return reads;
  }

  StreamStatus status() {
    return stream.status();
  }

  @Override
  public boolean isWritable() {
    return writable && room > 0;
  }

  @Override
  public void readNext() {
    reads++;
  }

  @Override
  public void send(SecretsResponse response) {
    if (!ends.isEmpty()) {
      throw new AssertionError("sent after the end: " + response);
    }
    room--;
    var bytes = ByteString.copyFrom(response.parts()).concat(EnvoySecrets.tail(response));
    try {
      inbox.addAll(variant == Variant.DELTA ? delta(bytes) : stateOfTheWorld(bytes));
    } catch (InvalidProtocolBufferException malformed) {
      throw new AssertionError("a response is malformed", malformed);
    }
    lastNonce = inbox.getLast().nonce();
  }

  @Override
  public void end(StreamEnd end) {
    ends.add(end);
  }

  private static List<Seen> stateOfTheWorld(ByteString bytes)
      throws InvalidProtocolBufferException {
    var response = DiscoveryResponse.parseFrom(bytes);
    var seen = new ArrayList<Seen>();
    for (var resource : response.getResourcesList()) {
      var secret = resource.unpack(Secret.class);
      seen.add(
          new Seen(
              secret.getName(),
              response.getVersionInfo(),
              response.getNonce(),
              Optional.of(secret)));
    }
    if (seen.isEmpty()) {
      throw new AssertionError("a response without a resource");
    }
    return seen;
  }

  private static List<Seen> delta(ByteString bytes) throws InvalidProtocolBufferException {
    var response = DeltaDiscoveryResponse.parseFrom(bytes);
    var seen = new ArrayList<Seen>();
    for (var resource : response.getResourcesList()) {
      seen.add(
          new Seen(
              resource.getName(),
              resource.getVersion(),
              response.getNonce(),
              Optional.of(resource.getResource().unpack(Secret.class))));
    }
    for (var removed : response.getRemovedResourcesList()) {
      seen.add(new Seen(removed, "", response.getNonce(), Optional.empty()));
    }
    return seen;
  }
}
