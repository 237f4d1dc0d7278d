package dev.meshseal.server.sds;

import dev.meshseal.identity.Dataplane;
import dev.meshseal.identity.DataplaneId;
import dev.meshseal.issuance.Answer;
import dev.meshseal.issuance.Timer;
import dev.meshseal.issuance.Versioned;
import dev.meshseal.server.auth.Credential;
import dev.meshseal.server.auth.NotAuthenticatedException;
import dev.meshseal.server.auth.NotPermittedException;
import dev.meshseal.server.sds.SecretsRequest.Names;
import dev.meshseal.server.sds.Subscription.Standing;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One stream of one Envoy: what it has asked for, what it was sent, what it made of it.
 *
 * <p>A state machine: everything that happens is a {@link StreamEvent}, handled one after the other
 * in the place where the stream is confined to. It never blocks. {@link #post} and {@link #status}
 * may be called from any thread. The rules are those of the xDS protocol as Envoy keeps it; a
 * secret is sent when its version is not the one sent last, or when the client has just asked for
 * it, and for no other reason. So an ACK has no answer, and neither has a NACK until there is
 * something new.
 */
final class SdsStream {
  private static final Logger LOG = LoggerFactory.getLogger(SdsStream.class);
  private static final int IGNORED_TYPES = 8;
  private static final Timer.Alarm NO_ALARM = () -> {};

  /** How far a stream has come. */
  private sealed interface Phase {
    record Authenticating() implements Phase {}

    record AwaitingFirstRequest(Credential credential) implements Phase {}

    /**
     * @param label what Envoy calls itself, where that is not the data plane
     */
    record Serving(
        Credential credential, String userAgent, NamedSecrets secrets, Optional<String> label)
        implements Phase {
      String nodeId() {
        return label.orElseGet(() -> secrets.dataplane().nodeId());
      }
    }

    record Ended() implements Phase {}
  }

  /** How a stream came to us. */
  record Origin(Service service, Variant variant, SocketAddress address, Instant since) {
    /** In words; on a Unix socket there is none. */
    String peer() {
      var text = address.toString();
      return text.isEmpty() ? "local" : text.startsWith("/") ? text.substring(1) : text;
    }

    /** The address without the port, which is another for each connection. */
    String host() {
      return address instanceof InetSocketAddress internet ? internet.getHostString() : peer();
    }
  }

  private final SdsStreams streams;
  private final Origin origin;
  private final Outbound out;
  private final Executor confined;
  private final Subscriptions subscriptions;
  private final AtomicBoolean rung = new AtomicBoolean();
  private volatile Phase phase = new Phase.Authenticating();
  private volatile List<String> ignoredTypes = List.of();
  private Timer.Alarm alarm = NO_ALARM;
  private int nonce;
  private boolean asked;
  private boolean reading;
  private boolean hasSent;

  /**
   * @param confined runs what it is given one after the other, and never inside each other
   */
  SdsStream(SdsStreams streams, Origin origin, Outbound out, Executor confined) {
    this.streams = streams;
    this.origin = origin;
    this.out = out;
    this.confined = confined;
    this.subscriptions = new Subscriptions(streams.names());
  }

  /** To be called once, confined, before any event. */
  void open() {
    streams.observer().streamOpened(origin.service(), origin.variant());
    alarm = endAt(origin.since().plus(streams.limits().firstRequest()), overdue());
    streams.opened(this).ifPresent(this::end);
  }

  /** Hands an event over to the stream. Returns at once. */
  void post(StreamEvent event) {
    try {
      confined.execute(() -> on(event));
    } catch (RejectedExecutionException shutDown) {
      LOG.debug("a stream is gone with its event loop");
    }
  }

  /** The bell: however often it rings before the stream hears it, it is heard once. */
  private void wake() {
    if (rung.compareAndSet(false, true)) {
      post(new StreamEvent.SecretsChanged());
    }
  }

  void on(StreamEvent event) {
    if (phase instanceof Phase.Ended) {
      return;
    }
    switch (event) {
      case StreamEvent.Authenticated authenticated -> authenticated(authenticated.credential());
      case StreamEvent.NotAuthenticated not -> refuse(not.why());
      case StreamEvent.Requested requested -> requested(requested.message());
      case StreamEvent.SecretsChanged bell -> {
        rung.set(false);
        push();
      }
      case StreamEvent.WritableAgain bell -> {
        push();
        readNext();
      }
      case StreamEvent.DataplaneChanged changed -> dataplaneChanged();
      case StreamEvent.HalfClosed half -> halfClosed();
      case StreamEvent.EndRequired required -> end(required.end());
      case StreamEvent.Closed closed -> close();
    }
  }

  // Who is it?

  private void authenticated(Credential credential) {
    phase = new Phase.AwaitingFirstRequest(credential);
    streams.admit(this, credential).ifPresentOrElse(this::end, this::readNext);
  }

  private void refuse(NotAuthenticatedException why) {
    streams.observer().authFailed(why.reason());
    streams
        .observer()
        .refused(
            origin.peer(), Optional.empty(), why.reason().name(), String.valueOf(why.getMessage()));
    streams
        .refusals()
        .admit(why.reason().name(), origin.host())
        .ifPresent(
            leftOut ->
                LOG.info(
                    "refused a stream: reason={} peer={} leftOut={} detail={}",
                    why.reason(),
                    origin.peer(),
                    leftOut,
                    why.getMessage()));
    end(StreamEnd.notAuthenticated(why.reason()));
  }

  private void requested(Message message) {
    reading = false;
    switch (message) {
      case Message.Malformed malformed -> end(StreamEnd.invalid(malformed.sentence()));
      case SecretsRequest request -> {
        if (isFromTheRightNode(request)) {
          answer(request);
          readNext();
        }
      }
    }
  }

  private boolean isFromTheRightNode(SecretsRequest request) {
    return switch (phase) {
      case Phase.AwaitingFirstRequest first -> begin(first.credential(), request);
      case Phase.Serving serving -> isSameNode(serving, request);
      case Phase.Authenticating early -> false;
      case Phase.Ended late -> false;
    };
  }

  /** The first request says, by its node, for which data plane the stream is. */
  private boolean begin(Credential credential, SecretsRequest request) {
    var nodeId = request.node().map(SecretsRequest.Node::id).filter(id -> !id.isEmpty());
    authenticate(credential, nodeId)
        .ifPresent(dataplane -> serve(credential, dataplane, request, nodeId));
    return phase instanceof Phase.Serving;
  }

  private Optional<Dataplane> authenticate(Credential credential, Optional<String> nodeId) {
    try {
      return Optional.of(streams.authenticator().authenticate(credential, nodeId));
    } catch (NotPermittedException | IllegalArgumentException why) {
      notPermitted(credential, nodeId, why);
      return Optional.empty();
    }
  }

  private void serve(
      Credential credential, Dataplane dataplane, SecretsRequest request, Optional<String> nodeId) {
    phase =
        new Phase.Serving(
            credential,
            streams.userAgents().of(request.node().map(SecretsRequest.Node::userAgent).orElse("")),
            new NamedSecrets(dataplane.id(), streams.source().open(dataplane, this::wake)),
            nodeId.filter(said -> !said.equals(dataplane.id().nodeId())));
    alarm.cancel();
    alarm =
        origin.variant() == Variant.FETCH
            ? endAt(streams.now().plus(streams.limits().fetch()), StreamEnd.NOT_READY)
            : endAt(credential.expiresAt(), StreamEnd.EXPIRED);
    streams
        .admit(this, dataplane.id())
        .ifPresentOrElse(this::end, () -> readAgain(credential, dataplane, nodeId));
  }

  /** What changed after it was read and before this stream was known to it, nobody tells. */
  private void readAgain(Credential credential, Dataplane before, Optional<String> nodeId) {
    if (phase instanceof Phase.Serving serving) {
      authenticate(credential, nodeId)
          .filter(now -> !now.equals(before))
          .ifPresent(now -> serving.secrets().secrets().become(now));
    }
  }

  /** The node of a stream never changes; clients may repeat it or leave it out. */
  private boolean isSameNode(Phase.Serving serving, SecretsRequest request) {
    var changed =
        request
            .node()
            .map(SecretsRequest.Node::id)
            .filter(id -> !id.isEmpty() && !id.equals(serving.nodeId()));
    changed.ifPresent(
        id ->
            end(
                StreamEnd.invalid(
                    "node.id of this stream is '%s', a later request has '%s'; open a stream for each node"
                        .formatted(Words.clean(serving.nodeId(), 200), Words.clean(id, 200)))));
    return changed.isEmpty();
  }

  private void dataplaneChanged() {
    if (phase instanceof Phase.Serving serving) {
      authenticate(serving.credential(), Optional.of(serving.nodeId()))
          .ifPresent(
              dataplane -> {
                serving.secrets().secrets().become(dataplane);
                // Reading them is what has the new certificate issued: nobody else rings for that.
                push();
              });
    }
  }

  private void notPermitted(Credential credential, Optional<String> nodeId, RuntimeException why) {
    var detail = Words.clean(String.valueOf(why.getMessage()), 500);
    streams
        .observer()
        .refused(origin.peer(), nodeId.map(id -> Words.clean(id, 200)), "NOT_PERMITTED", detail);
    streams
        .refusals()
        .admit("NOT_PERMITTED", origin.host())
        .ifPresent(
            leftOut ->
                LOG.info(
                    "refused a stream: reason=NOT_PERMITTED credential={} peer={} leftOut={} detail={}",
                    credential.subject(),
                    origin.peer(),
                    leftOut,
                    detail));
    end(StreamEnd.NOT_PERMITTED);
  }

  // What does it want?

  private void answer(SecretsRequest request) {
    if (!isForSecrets(request.typeUrl())) {
      ignore(request.typeUrl());
      return;
    }
    switch (request.names()) {
      case Names.Whole whole -> stateOfTheWorld(request, whole.names());
      case Names.Change change -> delta(request, change.subscribe(), change.unsubscribe());
    }
  }

  // Over SDS there is only one type, and a client may leave it out; over ADS it must say.
  private boolean isForSecrets(String typeUrl) {
    return typeUrl.equals(EnvoySecrets.TYPE_URL)
        || (typeUrl.isEmpty() && origin.service() == Service.SDS);
  }

  private void ignore(String typeUrl) {
    var type = Words.clean(typeUrl, 100);
    streams.observer().unknownType(type);
    if (ignoredTypes.size() < IGNORED_TYPES && !ignoredTypes.contains(type)) {
      var more = new ArrayList<>(ignoredTypes);
      more.add(type);
      ignoredTypes = List.copyOf(more);
    }
    if (origin.variant() == Variant.FETCH) {
      end(StreamEnd.NO_SUCH_SECRET);
    }
  }

  private void stateOfTheWorld(SecretsRequest request, List<String> names) {
    // A request that was sent before the client had our last response: its next one counts
    // (xDS protocol, "ACK and NACK semantics summary").
    // A first one has no response to be behind of, whatever its nonce.
    if (asked && isStale(request.nonce())) {
      return;
    }
    settle(request);
    asked = true;
    if (isWithinLimits(names, new HashSet<>(names).size())) {
      subscriptions.replace(names);
      push();
    }
  }

  private void delta(SecretsRequest request, List<String> more, List<String> less) {
    // Also in a request with a stale nonce the changes count (xDS protocol, "Incremental xDS").
    var refused = settle(request);
    asked = true;
    if (isWithinLimits(more, subscriptions.countAfter(more, less))) {
      subscriptions.change(more, less, refused);
      push();
    }
  }

  private boolean isStale(String text) {
    return !text.isEmpty()
        && Nonce.read(text) != nonce
        && subscriptions.awaiting(Nonce.read(text)).isEmpty();
  }

  private boolean isWithinLimits(List<String> names, int count) {
    var limits = streams.limits();
    if (count > limits.names()) {
      end(
          StreamEnd.exhausted(
              "a stream may ask for at most %d names, this one asks for %d; open more streams"
                  .formatted(limits.names(), count)));
      return false;
    }
    var longest = names.stream().mapToInt(String::length).max().orElse(0);
    if (longest > limits.nameLength()) {
      end(
          StreamEnd.invalid(
              "a resource name has at most %d characters, got one of %d"
                  .formatted(limits.nameLength(), longest)));
      return false;
    }
    return true;
  }

  /** Takes note of an ACK or NACK. Returns the name that was refused, if one was. */
  private Optional<Subscription> settle(SecretsRequest request) {
    var settled = subscriptions.awaiting(Nonce.read(request.nonce()));
    request
        .refusal()
        .ifPresentOrElse(
            reason -> settled.ifPresent(subscription -> nacked(subscription, reason)),
            () -> settled.ifPresent(this::acked));
    return request.refusal().flatMap(reason -> settled);
  }

  private void acked(Subscription subscription) {
    subscription
        .ack(streams.now())
        .ifPresent(took -> streams.observer().acked(subscription.name().kind(), took));
  }

  private void nacked(Subscription subscription, String reason) {
    if (subscription.nack(reason, streams.now())) {
      streams.observer().nacked(subscription.name().kind(), reason);
      LOG.warn(
          "an Envoy refused a secret: dataplane={} name={} reason={}",
          dataplane().map(DataplaneId::toString).orElse(""),
          subscription.name().text(),
          reason);
    }
  }

  // What does it get?

  private void push() {
    if (asked && phase instanceof Phase.Serving serving) {
      if (origin.variant() == Variant.FETCH) {
        answerFetch(serving.secrets());
      } else {
        pushNews(serving.secrets());
      }
    }
  }

  private void pushNews(NamedSecrets secrets) {
    for (var subscription : subscriptions.current()) {
      // What is not sent now is looked up anew when the client has read: it gets the newest.
      if (!out.isWritable()) {
        return;
      }
      pushNews(subscription, secrets.read(subscription.name()));
    }
  }

  private void pushNews(Subscription subscription, Answer<SecretValue> answer) {
    switch (answer) {
      case Answer.Ready<SecretValue> ready -> {
        subscription.stands(Subscription.SERVED);
        if (subscription.needs(ready.secret().version())) {
          send(subscription, ready.secret());
        }
      }
      case Answer.Pending<SecretValue> pending ->
          subscription.stands(new Standing.Waiting(pending.reason()));
      case Answer.Refused<SecretValue> refused -> refuse(subscription, refused.reason());
    }
  }

  private void send(Subscription subscription, Versioned<SecretValue> secret) {
    var rendering = streams.envoy().render(origin.variant(), subscription.name(), secret);
    var now = streams.now();
    nonce++;
    subscription.delivered(
        new Delivery.Sent(nonce, secret.version(), secret.value().serial(), now));
    out.send(SecretsResponse.of(rendering.bytes(), nonce));
    sent(subscription.name().kind(), now);
  }

  private void sent(SecretKind kind, Instant now) {
    streams.observer().sent(kind);
    if (!hasSent) {
      hasSent = true;
      streams.observer().firstSecret(Duration.between(origin.since(), now));
    }
  }

  private void refuse(Subscription subscription, String reason) {
    note(subscription, reason);
    // State of the world cannot say that a name is not there: an empty response would say that
    // every name is gone, and is refused by newer Envoys.
    if (origin.variant() == Variant.DELTA && subscription.needsRemoval()) {
      nonce++;
      subscription.delivered(new Delivery.Removed(nonce));
      out.send(SecretsResponse.of(streams.envoy().removal(subscription.name()), nonce));
    }
  }

  private void note(Subscription subscription, String reason) {
    if (subscription.stands(new Standing.Refused(reason))) {
      streams
          .observer()
          .refusedName(
              subscription.name().kind() == SecretKind.UNKNOWN
                  ? SdsObserver.RefusedName.UNKNOWN
                  : SdsObserver.RefusedName.FORBIDDEN);
      LOG.debug("no secret for a name: reason={}", reason);
    }
  }

  /** A fetch has one answer, so it waits until all that can be had is there. */
  private void answerFetch(NamedSecrets secrets) {
    var parts = new ArrayList<EnvoySecrets.Rendering>();
    var versions = new ArrayList<String>();
    for (var subscription : subscriptions.current()) {
      switch (secrets.read(subscription.name())) {
        case Answer.Ready<SecretValue> ready -> {
          var secret = ready.secret();
          parts.add(streams.envoy().render(Variant.FETCH, subscription.name(), secret));
          versions.add(secret.version());
          streams.observer().sent(subscription.name().kind());
        }
        case Answer.Pending<SecretValue> pending -> {
          subscription.stands(new Standing.Waiting(pending.reason()));
          return;
        }
        case Answer.Refused<SecretValue> refused -> note(subscription, refused.reason());
      }
    }
    if (parts.isEmpty()) {
      end(StreamEnd.NO_SUCH_SECRET);
      return;
    }
    out.send(
        new SecretsResponse(
            parts.stream().map(EnvoySecrets.Rendering::bytes).toList(),
            versions.size() == 1 ? Optional.empty() : Optional.of(EnvoySecrets.version(versions)),
            1));
    end(StreamEnd.DONE);
  }

  // One request at a time, and none from a client that does not read our answers: it is held up
  // where it is, by HTTP/2's flow control, and we hold nothing for it.
  private void readNext() {
    var expectsMore = origin.variant() != Variant.FETCH || !asked;
    if (!reading
        && expectsMore
        && !(phase instanceof Phase.Authenticating || phase instanceof Phase.Ended)
        && out.isWritable()) {
      reading = true;
      out.readNext();
    }
  }

  // How does it end?

  private void halfClosed() {
    if (origin.variant() != Variant.FETCH || phase instanceof Phase.AwaitingFirstRequest) {
      end(StreamEnd.DONE);
    }
  }

  private void end(StreamEnd end) {
    if (phase instanceof Phase.Ended) {
      return;
    }
    LOG.debug("ended a stream: code={} detail={}", end.code(), end.sentence());
    streams.observer().ended(end.why());
    close();
    out.end(end);
  }

  private void close() {
    var was = phase;
    phase = new Phase.Ended();
    alarm.cancel();
    alarm = NO_ALARM;
    streams.closed(this, credential(was), dataplane(was));
    if (was instanceof Phase.Serving serving) {
      serving.secrets().secrets().close();
    }
    streams.observer().streamClosed(origin.service(), origin.variant());
  }

  private Timer.Alarm endAt(Instant due, StreamEnd end) {
    return due.equals(Instant.MAX)
        ? NO_ALARM
        : streams.timer().at(due, () -> post(new StreamEvent.EndRequired(end)));
  }

  private StreamEnd overdue() {
    return StreamEnd.overdue(streams.limits().firstRequest());
  }

  // What is known of it? From any thread.

  Optional<Credential> credential() {
    return credential(phase);
  }

  Optional<DataplaneId> dataplane() {
    return dataplane(phase);
  }

  private static Optional<Credential> credential(Phase phase) {
    return switch (phase) {
      case Phase.AwaitingFirstRequest first -> Optional.of(first.credential());
      case Phase.Serving serving -> Optional.of(serving.credential());
      case Phase.Authenticating early -> Optional.empty();
      case Phase.Ended late -> Optional.empty();
    };
  }

  private static Optional<DataplaneId> dataplane(Phase phase) {
    return phase instanceof Phase.Serving serving
        ? Optional.of(serving.secrets().dataplane())
        : Optional.empty();
  }

  StreamStatus status() {
    var now = phase;
    return new StreamStatus(
        origin.service(),
        origin.variant(),
        origin.peer(),
        origin.since(),
        credential(now).map(Credential::subject),
        credential(now).map(Credential::expiresAt),
        dataplane(now),
        now instanceof Phase.Serving serving ? serving.userAgent() : "",
        subscriptions.current().stream().map(Subscription::status).toList(),
        ignoredTypes,
        now instanceof Phase.Serving serving
            ? serving.label().map(SdsStream::shown)
            : Optional.empty());
  }

  private static String shown(String label) {
    return Words.clean(label, 200);
  }
}
