package dev.meshseal.server.sds;

import dev.meshseal.identity.DataplaneId;
import dev.meshseal.issuance.SecretSource;
import dev.meshseal.issuance.Timer;
import dev.meshseal.server.auth.Credential;
import dev.meshseal.server.auth.DataplaneAuthenticator;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Every live stream: who may open one, what is known of each, and how they are ended together.
 * Thread-safe; no method blocks.
 *
 * <p>{@link #statuses} is the ledger of what each proxy was sent and has accepted.
 */
public final class SdsStreams {
  private final EnvoySecrets envoy;
  private final SecretSource source;
  private final DataplaneAuthenticator authenticator;
  private final Timer timer;
  private final InstantSource clock;
  private final SdsLimits.Streams limits;
  private final SdsObserver observer;

  private final Shared<ResourceName> names = new Shared<>(ResourceName::parse);
  private final Shared<String> userAgents = new Shared<>(text -> text);
  private final RefusalLimit refusals;
  private final Set<SdsStream> live = ConcurrentHashMap.newKeySet();
  private final ConcurrentMap<DataplaneId, List<SdsStream>> byDataplane = new ConcurrentHashMap<>();
  private final ConcurrentMap<String, Integer> byCredential = new ConcurrentHashMap<>();
  private final CompletableFuture<Void> drained = new CompletableFuture<>();
  private volatile boolean draining;
  private volatile Predicate<Credential> revoked = credential -> false;

  /**
   * @param identifier of this control plane, as Envoy's statistics show it
   */
  public SdsStreams(
      String identifier,
      SecretSource source,
      DataplaneAuthenticator authenticator,
      Timer timer,
      InstantSource clock,
      SdsLimits.Streams limits,
      SdsObserver observer) {
    this.envoy = new EnvoySecrets(identifier);
    this.source = source;
    this.authenticator = authenticator;
    this.timer = timer;
    this.clock = clock;
    this.limits = limits;
    this.observer = observer;
    this.refusals = new RefusalLimit(clock);
  }

  /** What is known of every live stream. */
  public List<StreamStatus> statuses() {
    return live.stream().map(SdsStream::status).toList();
  }

  /** What is known of the live streams of one data plane. */
  public List<StreamStatus> statuses(DataplaneId dataplane) {
    return streams(dataplane).stream().map(SdsStream::status).toList();
  }

  /** How many streams are open. */
  public int size() {
    return live.size();
  }

  /**
   * Ends the streams of every credential that is revoked, and refuses new ones: the answer is kept
   * until the next call, so that a stream that is just being opened is not missed.
   */
  public void revoke(Predicate<Credential> isRevoked) {
    revoked = isRevoked;
    live.stream()
        .filter(stream -> stream.credential().filter(isRevoked).isPresent())
        .forEach(stream -> stream.post(new StreamEvent.EndRequired(StreamEnd.REVOKED)));
  }

  /**
   * What the operator says of a data plane has changed: its streams get the secrets of what it is
   * now, or are ended where their credential no longer permits it.
   */
  public void dataplaneChanged(DataplaneId dataplane) {
    streams(dataplane).forEach(stream -> stream.post(new StreamEvent.DataplaneChanged()));
  }

  /**
   * Ends every stream, evenly over a time, so that proxies do not all come to the next replica at
   * once; new streams are refused. Envoy connects again by itself, and says little about it.
   *
   * @return completes when the last stream is gone
   */
  public CompletionStage<Void> drain(Duration over) {
    draining = true;
    var streams = new ArrayList<>(live);
    var start = clock.instant();
    for (var i = 0; i < streams.size(); i++) {
      var stream = streams.get(i);
      timer.at(
          start.plus(over.multipliedBy(i).dividedBy(streams.size())),
          () -> stream.post(new StreamEvent.EndRequired(StreamEnd.DRAINED)));
    }
    completeIfDrained();
    return drained.minimalCompletionStage();
  }

  Optional<StreamEnd> opened(SdsStream stream) {
    live.add(stream);
    return draining ? Optional.of(StreamEnd.DRAINED) : Optional.empty();
  }

  Optional<StreamEnd> admit(SdsStream stream, Credential credential) {
    var streams = byCredential.merge(credential.subject(), 1, Integer::sum);
    if (streams > limits.perCredential()) {
      return Optional.of(
          StreamEnd.exhausted(
              "a credential may have at most %d streams, this would be number %d; use another token"
                  .formatted(limits.perCredential(), streams)));
    }
    return revoked.test(credential) ? Optional.of(StreamEnd.REVOKED) : Optional.empty();
  }

  Optional<StreamEnd> admit(SdsStream stream, DataplaneId dataplane) {
    var streams = byDataplane.merge(dataplane, List.of(stream), SdsStreams::joined).size();
    return streams > limits.perDataplane()
        ? Optional.of(
            StreamEnd.exhausted(
                "a data plane may have at most %d streams, this would be number %d; ask over fewer"
                    .formatted(limits.perDataplane(), streams)))
        : Optional.empty();
  }

  void closed(SdsStream stream, Optional<Credential> credential, Optional<DataplaneId> dataplane) {
    credential.ifPresent(
        one ->
            byCredential.computeIfPresent(
                one.subject(), (subject, count) -> count > 1 ? count - 1 : null));
    dataplane.ifPresent(
        one -> byDataplane.computeIfPresent(one, (id, streams) -> without(streams, stream)));
    live.remove(stream);
    completeIfDrained();
  }

  private void completeIfDrained() {
    if (draining && live.isEmpty()) {
      drained.complete(null);
    }
  }

  private List<SdsStream> streams(DataplaneId dataplane) {
    return byDataplane.getOrDefault(dataplane, List.of());
  }

  private static List<SdsStream> joined(List<SdsStream> some, List<SdsStream> others) {
    var all = new ArrayList<>(some);
    all.addAll(others);
    return List.copyOf(all);
  }

  // A map forgets a key whose new value is null.
  private static @Nullable List<SdsStream> without(List<SdsStream> streams, SdsStream gone) {
    var rest = streams.stream().filter(stream -> stream != gone).toList();
    return rest.isEmpty() ? null : rest;
  }

  Shared<ResourceName> names() {
    return names;
  }

  Shared<String> userAgents() {
    return userAgents;
  }

  EnvoySecrets envoy() {
    return envoy;
  }

  SecretSource source() {
    return source;
  }

  DataplaneAuthenticator authenticator() {
    return authenticator;
  }

  Timer timer() {
    return timer;
  }

  Instant now() {
    return clock.instant();
  }

  SdsLimits.Streams limits() {
    return limits;
  }

  RefusalLimit refusals() {
    return refusals;
  }

  SdsObserver observer() {
    return observer;
  }
}
