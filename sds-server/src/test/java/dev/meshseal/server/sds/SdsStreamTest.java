package dev.meshseal.server.sds;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meshseal.identity.Dataplane;
import dev.meshseal.identity.DataplaneId;
import dev.meshseal.identity.Tags;
import dev.meshseal.server.auth.Credential;
import dev.meshseal.server.auth.DataplaneAuthenticator;
import dev.meshseal.server.auth.NotAuthenticatedException;
import dev.meshseal.server.sds.FakeEnvoy.Seen;
import dev.meshseal.server.sds.SecretsRequest.Node;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** The rules of a stream, each in every variant. */
final class SdsStreamTest {
  private static final String IDENTITY = "identity_cert:secret:default";
  private static final String TRUST = "mesh_ca:secret:default";
  private static final String OTHER_TRUST = "mesh_ca:secret:other";
  private static final DataplaneId WEB = new DataplaneId("default", "web-1");

  static final List<Way> WAYS =
      List.of(
          new Way(Service.SDS, Variant.SOTW),
          new Way(Service.SDS, Variant.DELTA),
          new Way(Service.ADS, Variant.SOTW),
          new Way(Service.ADS, Variant.DELTA));

  record Way(Service service, Variant variant) {
    boolean isDelta() {
      return variant == Variant.DELTA;
    }
  }

  private final ManualTime time = new ManualTime();
  private final FakeSecrets secrets = FakeSecrets.ready();
  private final CountingObserver observer = new CountingObserver();
  private final Map<DataplaneId, Dataplane> dataplanes = new HashMap<>();
  private final SdsStreams streams =
      new SdsStreams(
          "meshseal-test",
          secrets,
          new DataplaneAuthenticator(id -> Optional.ofNullable(dataplanes.get(id))),
          time,
          time,
          new SdsLimits.Streams(100, 2_048, 3, 4, Duration.ofSeconds(10), Duration.ofSeconds(15)),
          observer);

  private FakeEnvoy unauthenticated(Way way) {
    return new FakeEnvoy(streams, way.service(), way.variant());
  }

  private FakeEnvoy envoy(Way way) {
    return unauthenticated(way).authenticated();
  }

  /** An Envoy that has asked for these names and accepted what it got. */
  private FakeEnvoy settled(Way way, String... names) {
    var envoy = envoy(way);
    envoy.subscribe(names);
    envoy.take().forEach(envoy::ack);
    return envoy;
  }

  private static SecretStatus status(FakeEnvoy envoy, String name) {
    return envoy.status().secrets().stream()
        .filter(secret -> secret.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private static void assertEnded(FakeEnvoy envoy, StreamEnd.Code code, String... words) {
    assertThat(envoy.end()).map(StreamEnd::code).contains(code);
    assertThat(List.of(words)).allMatch(envoy.end().orElseThrow().sentence()::contains);
  }

  // What is answered

  @ParameterizedTest
  @FieldSource("WAYS")
  void answersTheFirstRequestInFullTrustFirst(Way way) {
    var envoy = envoy(way);

    envoy.subscribe(IDENTITY, TRUST);

    assertThat(envoy.takeNames()).containsExactly(TRUST, IDENTITY);
  }

  @ParameterizedTest
  @FieldSource("WAYS")
  void answersTheFirstRequestInFullEvenIfItHasANonceOfAnEarlierStream(Way way) {
    var envoy = envoy(way);

    envoy.subscribeWithNonce("17", IDENTITY);

    assertThat(envoy.takeNames()).containsExactly(IDENTITY);
  }

  @ParameterizedTest
  @FieldSource("WAYS")
  void putsOneSecretIntoAResponse(Way way) {
    var envoy = envoy(way);

    envoy.subscribe(IDENTITY, TRUST, OTHER_TRUST);

    assertThat(envoy.take()).hasSize(3).extracting(Seen::nonce).doesNotHaveDuplicates();
  }

  @ParameterizedTest
  @FieldSource("WAYS")
  void doesNotAnswerAnAck(Way way) {
    var envoy = envoy(way);
    envoy.subscribe(IDENTITY, TRUST);
    time.pass(Duration.ofSeconds(2));

    envoy.take().forEach(envoy::ack);

    assertThat(envoy.take()).isEmpty();
    assertThat(envoy.status().secrets())
        .allSatisfy(secret -> assertThat(secret.acked()).isPresent());
    assertThat(observer.count("acked IDENTITY after PT2S")).isEqualTo(1);
  }

  @ParameterizedTest
  @FieldSource("WAYS")
  void takesTheAcksOfSeveralResponsesInAnyOrder(Way way) {
    var envoy = envoy(way);
    envoy.subscribe(IDENTITY, TRUST, OTHER_TRUST);
    var seen = envoy.take();

    seen.reversed().forEach(envoy::ack);

    assertThat(envoy.status().secrets())
        .allSatisfy(
            secret ->
                assertThat(secret.acked().orElseThrow().version())
                    .isEqualTo(secret.sent().orElseThrow().version()));
  }

  @ParameterizedTest
  @FieldSource("WAYS")
  void countsAnAckOnceHoweverOftenItsNonceIsRepeated(Way way) {
    var envoy = envoy(way);
    envoy.subscribe(IDENTITY);
    var seen = envoy.takeOne();

    envoy.ack(seen);
    envoy.ack(seen);

    assertThat(observer.count("acked IDENTITY after PT0S")).isEqualTo(1);
  }

  @ParameterizedTest
  @FieldSource("WAYS")
  void sendsAnAddedNameInFullAndOnlyThatOne(Way way) {
    var envoy = settled(way, IDENTITY);

    envoy.subscribe(TRUST);

    assertThat(envoy.takeNames()).containsExactly(TRUST);
  }

  @ParameterizedTest
  @FieldSource("WAYS")
  void sendsANameThatWasDroppedAndIsWantedAgain(Way way) {
    var envoy = settled(way, IDENTITY, TRUST);
    envoy.unsubscribe(TRUST);

    envoy.subscribe(TRUST);

    assertThat(envoy.takeNames()).containsExactly(TRUST);
  }

  @Test
  void sendsANameAgainToADeltaClientThatAsksForItAgain() {
    for (var service : Service.values()) {
      var envoy = settled(new Way(service, Variant.DELTA), IDENTITY, TRUST);

      envoy.subscribe(IDENTITY);

      assertThat(envoy.takeNames()).containsExactly(IDENTITY);
    }
  }

  @Test
  void doesNotSendAgainWhatAStateOfTheWorldClientKeepsInItsList() {
    for (var service : Service.values()) {
      var envoy = settled(new Way(service, Variant.SOTW), IDENTITY, TRUST);

      envoy.subscribe(IDENTITY);

      assertThat(envoy.take()).isEmpty();
    }
  }

  @ParameterizedTest
  @FieldSource("WAYS")
  void doesNotAnswerAnUnsubscription(Way way) {
    var envoy = settled(way, IDENTITY, TRUST);

    envoy.unsubscribe(IDENTITY);

    assertThat(envoy.take()).isEmpty();
    assertThat(envoy.status().secrets()).extracting(SecretStatus::name).containsExactly(TRUST);
  }

  @ParameterizedTest
  @FieldSource("WAYS")
  void takesAnEmptyListForAnUnsubscription(Way way) {
    var envoy = settled(way, IDENTITY, TRUST);

    envoy.unsubscribeAll();
    secrets.identity(2);
    secrets.wakeAll();

    assertThat(envoy.take()).isEmpty();
    assertThat(envoy.status().secrets()).isEmpty();
  }

  @ParameterizedTest
  @FieldSource("WAYS")
  void answersNothingToAFirstRequestWithoutNames(Way way) {
    var envoy = envoy(way);

    envoy.subscribe();
    secrets.wakeAll();

    assertThat(envoy.take()).isEmpty();
    assertThat(envoy.end()).isEmpty();
  }

  @ParameterizedTest
  @FieldSource("WAYS")
  void takesANameThatIsRepeatedForOne(Way way) {
    var envoy = envoy(way);

    envoy.request(
        Optional.of(new Node("default.web-1", "")),
        EnvoySecrets.TYPE_URL,
        "",
        Optional.empty(),
        envoy.wanted(IDENTITY, IDENTITY));

    assertThat(envoy.takeNames()).containsExactly(IDENTITY);
  }

  // What is pushed

  @ParameterizedTest
  @FieldSource("WAYS")
  void pushesWhatHasChangedAndNothingElse(Way way) {
    var envoy = settled(way, IDENTITY, TRUST);

    secrets.identity(2);
    secrets.wakeAll();

    assertThat(envoy.takeNames()).containsExactly(IDENTITY);
    assertThat(status(envoy, IDENTITY).sent().orElseThrow().serial()).contains("2");
    assertThat(status(envoy, IDENTITY).acked().orElseThrow().serial()).contains("1");
  }

  @ParameterizedTest
  @FieldSource("WAYS")
  void pushesTrustBeforeIdentity(Way way) {
    var envoy = settled(way, IDENTITY, TRUST);

    secrets.identity(2);
    secrets.trust("default", TestRoots.first(3));
    secrets.wakeAll();

    assertThat(envoy.takeNames()).containsExactly(TRUST, IDENTITY);
  }

  @ParameterizedTest
  @FieldSource("WAYS")
  void pushesNothingWhenTheBellRingsForNothing(Way way) {
    var envoy = settled(way, IDENTITY, TRUST);

    secrets.wakeAll();

    assertThat(envoy.take()).isEmpty();
  }

  @ParameterizedTest
  @FieldSource("WAYS")
  void hearsABellThatRingsManyTimesOnce(Way way) {
    var envoy = settled(way, IDENTITY);
    var waiting = envoy.busy();

    for (var version = 2; version < 100; version++) {
      secrets.identity(version);
      secrets.wakeAll();
    }

    assertThat(waiting).hasSize(1);
    envoy.idle();
    assertThat(envoy.takeOne().version()).isEqualTo("i99K");
  }

  @ParameterizedTest
  @FieldSource("WAYS")
  void saysNothingOfASecretThatIsPendingAndSendsItWhenItIsThere(Way way) {
    secrets.identityPending();
    var envoy = envoy(way);
    envoy.subscribe(IDENTITY);
    var before = envoy.take();

    secrets.identity(1);
    secrets.wakeAll();

    assertThat(before).isEmpty();
    assertThat(envoy.takeNames()).containsExactly(IDENTITY);
    assertThat(status(envoy, IDENTITY).waiting()).isEmpty();
  }

  @ParameterizedTest
  @FieldSource("WAYS")
  void showsWhatASecretWaitsFor(Way way) {
    secrets.identityPending();
    var envoy = envoy(way);

    envoy.subscribe(IDENTITY);

    assertThat(status(envoy, IDENTITY).waiting()).contains("is being made");
  }

  @ParameterizedTest
  @FieldSource("WAYS")
  void doesNotSendABundleWithoutRoots(Way way) {
    secrets.trust("default", TestRoots.first(0));
    secrets.trust("other", TestRoots.first(0));
    var envoy = envoy(way);

    envoy.subscribe(TRUST, "ROOTCA", "ALL", "mesh_ca:secret:all");

    assertThat(envoy.take()).isEmpty();
    assertThat(status(envoy, TRUST).waiting()).contains("mesh 'default' has no roots yet");
    assertThat(status(envoy, "ALL").waiting()).contains("no mesh has roots yet");
  }

  @ParameterizedTest
  @FieldSource("WAYS")
  void sendsTheNewestToAClientThatReadsAgainAndNothingInBetween(Way way) {
    var envoy = settled(way, IDENTITY, TRUST);
    envoy.stopReading();
    for (var version = 2; version < 100; version++) {
      secrets.identity(version);
      secrets.wakeAll();
    }
    var unread = envoy.take();

    envoy.readAgain();

    assertThat(unread).isEmpty();
    assertThat(envoy.takeOne().version()).isEqualTo("i99K");
  }

  @ParameterizedTest
  @FieldSource("WAYS")
  void sendsTrustFirstAlsoToAClientThatReadsOneByOne(Way way) {
    var envoy = settled(way, IDENTITY, TRUST, OTHER_TRUST);
    envoy.stopReading();
    secrets.identity(2);
    secrets.trust("default", TestRoots.first(4));
    secrets.trust("other", TestRoots.first(5));
    secrets.wakeAll();

    var order = new ArrayList<String>();
    for (var i = 0; i < 3; i++) {
      envoy.readOnly(1);
      order.addAll(envoy.takeNames());
    }

    assertThat(order).hasSize(3).endsWith(IDENTITY).doesNotHaveDuplicates();
  }

  @ParameterizedTest
  @FieldSource("WAYS")
  void readsOneRequestAtATimeAndNoneFromAClientThatDoesNotRead(Way way) {
    var envoy = envoy(way);
    var first = envoy.reads();
    envoy.subscribe(IDENTITY);
    var second = envoy.reads();
    envoy.stopReading();
    envoy.subscribe(TRUST);
    var third = envoy.reads();

    envoy.readAgain();

    assertThat(List.of(first, second, third)).containsExactly(1, 2, 2);
    assertThat(envoy.reads()).isEqualTo(3);
  }

  // What is refused by the client

  @ParameterizedTest
  @FieldSource("WAYS")
  void doesNotAnswerANackUntilThereIsSomethingNew(Way way) {
    var envoy = envoy(way);
    envoy.subscribe(IDENTITY);
    envoy.nack(envoy.takeOne(), "no such curve");
    secrets.wakeAll();
    envoy.readAgain();
    var again = envoy.take();

    secrets.identity(2);
    secrets.wakeAll();

    assertThat(again).isEmpty();
    assertThat(envoy.takeOne().version()).isEqualTo("i2K");
  }

  @ParameterizedTest
  @FieldSource("WAYS")
  void recordsANackWithItsReason(Way way) {
    var envoy = envoy(way);
    envoy.subscribe(IDENTITY);
    time.pass(Duration.ofSeconds(1));

    envoy.nack(envoy.takeOne(), "no such curve");

    assertThat(status(envoy, IDENTITY).nacked())
        .contains(new SecretStatus.Nacked("i1K", "no such curve", ManualTime.NOON.plusSeconds(1)));
    assertThat(status(envoy, IDENTITY).acked()).isEmpty();
    assertThat(observer.count("nacked IDENTITY: no such curve")).isEqualTo(1);
  }

  @ParameterizedTest
  @FieldSource("WAYS")
  void doesNotTakeALaterRequestWithTheNonceOfANackForAnAck(Way way) {
    var envoy = envoy(way);
    envoy.subscribe(IDENTITY);
    envoy.nack(envoy.takeOne(), "no such curve");

    envoy.subscribe(TRUST);

    assertThat(status(envoy, IDENTITY).acked()).isEmpty();
    assertThat(envoy.takeNames()).containsExactly(TRUST);
  }

  @ParameterizedTest
  @FieldSource("WAYS")
  void processesNewNamesInANack(Way way) {
    var envoy = envoy(way);
    envoy.subscribe(IDENTITY);

    envoy.nackAndSubscribe(envoy.takeOne(), "no such curve", TRUST);

    assertThat(envoy.takeNames()).containsExactly(TRUST);
    assertThat(status(envoy, IDENTITY).nacked()).isPresent();
  }

  @ParameterizedTest
  @FieldSource("WAYS")
  void doesNotLoopWithAClientThatRefusesAndAsksInOneBreath(Way way) {
    var envoy = envoy(way);
    envoy.subscribe(IDENTITY);
    var seen = envoy.takeOne();

    envoy.nackAndSubscribe(seen, "no such curve", IDENTITY);
    envoy.nackAndSubscribe(seen, "no such curve", IDENTITY);

    assertThat(envoy.take()).isEmpty();
  }

  @ParameterizedTest
  @FieldSource("WAYS")
  void keepsANackInMindAfterALaterAck(Way way) {
    var envoy = envoy(way);
    envoy.subscribe(IDENTITY);
    envoy.nack(envoy.takeOne(), "no such curve");
    secrets.identity(2);
    secrets.wakeAll();

    envoy.ack(envoy.takeOne());

    assertThat(status(envoy, IDENTITY).acked().orElseThrow().version()).isEqualTo("i2K");
    assertThat(status(envoy, IDENTITY).nacked().orElseThrow().version()).isEqualTo("i1K");
  }

  @Test
  void ignoresARequestWithAStaleNonceInStateOfTheWorld() {
    for (var service : Service.values()) {
      secrets.identity(1);
      var envoy = envoy(new Way(service, Variant.SOTW));
      envoy.subscribe(IDENTITY);
      var stale = envoy.takeOne();
      secrets.identity(2);
      secrets.wakeAll();
      envoy.take();

      envoy.subscribeWithNonce(stale.nonce(), TRUST);

      assertThat(envoy.take()).isEmpty();
      assertThat(status(envoy, IDENTITY).acked()).isEmpty();
    }
  }

  @Test
  void processesTheNamesOfARequestWithAStaleNonceInDelta() {
    for (var service : Service.values()) {
      secrets.identity(1);
      var envoy = envoy(new Way(service, Variant.DELTA));
      envoy.subscribe(IDENTITY);
      var stale = envoy.takeOne();
      secrets.identity(2);
      secrets.wakeAll();
      envoy.take();

      envoy.subscribeWithNonce(stale.nonce(), TRUST);

      assertThat(envoy.takeNames()).containsExactly(TRUST);
      assertThat(status(envoy, IDENTITY).acked()).isEmpty();
    }
  }

  @ParameterizedTest
  @FieldSource("WAYS")
  void stillListensToAClientWhoseLastResponseWasForANameItHasDropped(Way way) {
    var envoy = envoy(way);
    envoy.subscribe(TRUST, IDENTITY);
    var last = envoy.take().getLast();
    envoy.unsubscribe(IDENTITY);

    envoy.subscribeWithNonce(last.nonce(), OTHER_TRUST);

    assertThat(envoy.takeNames()).containsExactly(OTHER_TRUST);
  }

  // What a client may not have

  @ParameterizedTest
  @FieldSource("WAYS")
  void keepsAStreamAliveThatAsksForAnUnknownName(Way way) {
    var envoy = envoy(way);

    envoy.subscribe("file-root:system", IDENTITY);
    var seen = envoy.take();
    envoy.ack(seen.getLast());
    secrets.identity(2);
    secrets.wakeAll();

    assertThat(seen.stream().filter(Seen::isRemoval).map(Seen::name))
        .isEqualTo(way.isDelta() ? List.of("file-root:system") : List.of());
    assertThat(envoy.takeNames()).containsExactly(IDENTITY);
    assertThat(status(envoy, "file-root:system").refused()).contains("no secret has such a name");
    assertThat(observer.count("refused name UNKNOWN")).isEqualTo(1);
  }

  @ParameterizedTest
  @FieldSource("WAYS")
  void refusesTheIdentityOfAnotherMesh(Way way) {
    var envoy = envoy(way);

    envoy.subscribe("identity_cert:secret:other", TRUST);

    assertThat(envoy.take().stream().filter(seen -> !seen.isRemoval()).map(Seen::name))
        .containsExactly(TRUST);
    assertThat(status(envoy, "identity_cert:secret:other").refused())
        .contains("data plane 'default/web-1' has no identity in mesh 'other'");
    assertThat(observer.count("refused name FORBIDDEN")).isEqualTo(1);
  }

  @ParameterizedTest
  @FieldSource("WAYS")
  void refusesTheSpiffeIdOfAnother(Way way) {
    var envoy = envoy(way);

    envoy.subscribe("spiffe://default/web-2", "spiffe://default/web-1");

    assertThat(envoy.take().stream().filter(seen -> !seen.isRemoval()).map(Seen::name))
        .containsExactly("spiffe://default/web-1");
    assertThat(status(envoy, "spiffe://default/web-2").refused().orElseThrow())
        .contains("'spiffe://default/web-1'", "'spiffe://default/web-2'");
  }

  @ParameterizedTest
  @FieldSource("WAYS")
  void sendsASecretThatWasRefusedAndIsNowPermitted(Way way) {
    secrets.identityRefused("mesh 'default' has no mTLS");
    var envoy = envoy(way);
    envoy.subscribe(IDENTITY);
    envoy.take();

    secrets.identity(1);
    secrets.wakeAll();

    assertThat(envoy.takeOne().isRemoval()).isFalse();
    assertThat(status(envoy, IDENTITY).refused()).isEmpty();
  }

  @ParameterizedTest
  @FieldSource("WAYS")
  void tellsOnlyADeltaClientThatASecretIsNoLongerThereAndOnlyOnce(Way way) {
    var envoy = settled(way, IDENTITY);
    secrets.identityRefused("mesh 'default' has no mTLS");
    secrets.wakeAll();
    secrets.wakeAll();
    var told = envoy.take();

    secrets.identity(1);
    secrets.wakeAll();

    assertThat(told).hasSize(way.isDelta() ? 1 : 0).allMatch(Seen::isRemoval);
    // The other has it still.
    assertThat(envoy.take()).hasSize(way.isDelta() ? 1 : 0).noneMatch(Seen::isRemoval);
  }

  @ParameterizedTest
  @FieldSource("WAYS")
  void countsARefusedNameOnce(Way way) {
    var envoy = envoy(way);
    envoy.subscribe("nobody");

    secrets.wakeAll();
    envoy.subscribe("nobody");

    assertThat(observer.count("refused name UNKNOWN")).isEqualTo(1);
  }

  // Types

  @ParameterizedTest
  @FieldSource("WAYS")
  void doesNotAnswerAnotherTypeAndLivesOn(Way way) {
    var envoy = envoy(way);
    envoy.request(
        Optional.of(new Node("default.web-1", "")),
        "type.googleapis.com/envoy.config.cluster.v3.Cluster",
        "",
        Optional.empty(),
        envoy.wanted());

    envoy.subscribe(IDENTITY);

    assertThat(envoy.takeNames()).containsExactly(IDENTITY);
    assertThat(envoy.status().ignoredTypes())
        .containsExactly("type.googleapis.com/envoy.config.cluster.v3.Cluster");
    assertThat(observer.count("unknown type type.googleapis.com/envoy.config.cluster.v3.Cluster"))
        .isEqualTo(1);
  }

  @ParameterizedTest
  @FieldSource("WAYS")
  void keepsAFewOfTheOtherTypesInMindOnly(Way way) {
    var envoy = envoy(way);

    for (var i = 0; i < 100; i++) {
      envoy.request(
          Optional.of(new Node("default.web-1", "")),
          "type " + i,
          "",
          Optional.empty(),
          envoy.wanted());
    }

    assertThat(envoy.status().ignoredTypes()).hasSize(8);
    assertThat(envoy.end()).isEmpty();
  }

  @ParameterizedTest
  @FieldSource("WAYS")
  void takesAnEmptyTypeForSecretWhereThereIsNoOther(Way way) {
    var envoy = envoy(way);

    envoy.request(
        Optional.of(new Node("default.web-1", "")),
        "",
        "",
        Optional.empty(),
        envoy.wanted(IDENTITY));

    assertThat(envoy.take()).hasSize(way.service() == Service.SDS ? 1 : 0);
    assertThat(envoy.end()).isEmpty();
  }

  // Who asks

  @ParameterizedTest
  @FieldSource("WAYS")
  void endsAStreamWithoutACredentialAtOnce(Way way) {
    var envoy = unauthenticated(way);

    envoy.happens(
        new StreamEvent.NotAuthenticated(
            new NotAuthenticatedException(
                NotAuthenticatedException.Reason.MISSING, "no authorization")));

    assertEnded(envoy, StreamEnd.Code.UNAUTHENTICATED, "authorization");
    assertThat(envoy.reads()).isZero();
    assertThat(streams.size()).isZero();
    assertThat(observer.count("not authenticated MISSING")).isEqualTo(1);
  }

  @ParameterizedTest
  @FieldSource("WAYS")
  void whereACredentialCannotBeCheckedTheClientIsToComeAgain(Way way) {
    var envoy = unauthenticated(way);

    envoy.happens(
        new StreamEvent.NotAuthenticated(
            new NotAuthenticatedException(
                NotAuthenticatedException.Reason.UNAVAILABLE, "the API server is away")));

    assertEnded(envoy, StreamEnd.Code.UNAVAILABLE, "connect again");
    assertThat(envoy.end().orElseThrow().sentence()).doesNotContain("API server");
    assertThat(observer.count("not authenticated UNAVAILABLE")).isEqualTo(1);
  }

  @ParameterizedTest
  @FieldSource("WAYS")
  void saysNothingOfWhyACredentialIsWrong(Way way) {
    var envoy = unauthenticated(way);

    envoy.happens(
        new StreamEvent.NotAuthenticated(
            new NotAuthenticatedException(
                NotAuthenticatedException.Reason.UNKNOWN_KEY, "there is no key '7'")));

    assertEnded(envoy, StreamEnd.Code.UNAUTHENTICATED);
    assertThat(envoy.end().orElseThrow().sentence()).doesNotContain("7", "key");
  }

  @ParameterizedTest
  @FieldSource("WAYS")
  void readsNothingBeforeTheCredentialIsChecked(Way way) {
    var envoy = unauthenticated(way);
    envoy.happens(new StreamEvent.WritableAgain());
    var before = envoy.reads();

    envoy.authenticated();

    assertThat(before).isZero();
    assertThat(envoy.reads()).isEqualTo(1);
  }

  @ParameterizedTest
  @FieldSource("WAYS")
  void refusesANodeThatTheCredentialIsNotForWithoutSayingWhy(Way way) {
    var envoy = envoy(way);

    envoy.request(
        Optional.of(new Node("other.web-1", "")),
        EnvoySecrets.TYPE_URL,
        "",
        Optional.empty(),
        envoy.wanted(IDENTITY));

    assertEnded(envoy, StreamEnd.Code.PERMISSION_DENIED);
    assertThat(envoy.end().orElseThrow().sentence()).doesNotContain("default", "other");
    assertThat(envoy.take()).isEmpty();
    assertThat(secrets.open()).isEmpty();
  }

  @ParameterizedTest
  @FieldSource("WAYS")
  void takesTheNodeFromTheCredentialWhereItFixesBoth(Way way) {
    var socket = Credential.of("socket /run/x", Credential.Permits.only(WEB), Instant.MAX);
    var envoy = unauthenticated(way).authenticated(socket);

    envoy.request(
        Optional.empty(),
        EnvoySecrets.TYPE_URL,
        "",
        Optional.empty(),
        envoy.wanted("spiffe://default/web-1"));

    assertThat(envoy.takeNames()).containsExactly("spiffe://default/web-1");
    assertThat(envoy.status().dataplane()).contains(WEB);
  }

  @ParameterizedTest
  @FieldSource("WAYS")
  void servesWhoIsOnABoundSocketUnderWhateverNodeIdItHas(Way way) {
    var envoy = unauthenticated(way).authenticated(boundSocket());
    var node = Optional.of(new SecretsRequest.Node("sidecar~10.0.0.1~web", "envoy 1.40.0"));

    envoy.request(
        node, EnvoySecrets.TYPE_URL, "", Optional.empty(), envoy.wanted("spiffe://default/web-1"));
    streams.dataplaneChanged(WEB);
    envoy.request(node, EnvoySecrets.TYPE_URL, "", Optional.empty(), envoy.wanted(TRUST));

    assertThat(envoy.takeNames()).contains("spiffe://default/web-1", TRUST);
    assertThat(envoy.end()).isEmpty();
    assertThat(envoy.status().dataplane()).contains(WEB);
    assertThat(envoy.status().nodeId()).contains("sidecar~10.0.0.1~web");
  }

  @ParameterizedTest
  @FieldSource("WAYS")
  void endsAStreamOnABoundSocketThatChangesItsNodeId(Way way) {
    var envoy = unauthenticated(way).authenticated(boundSocket());
    var wanted = envoy.wanted("spiffe://default/web-1");

    envoy.request(
        Optional.of(new SecretsRequest.Node("one", "")),
        EnvoySecrets.TYPE_URL,
        "",
        Optional.empty(),
        wanted);
    envoy.request(
        Optional.of(new SecretsRequest.Node("other", "")),
        EnvoySecrets.TYPE_URL,
        "",
        Optional.empty(),
        wanted);

    assertEnded(envoy, StreamEnd.Code.INVALID_ARGUMENT, "'one'", "'other'");
  }

  private static Credential boundSocket() {
    return Credential.of("socket /run/x", Credential.Permits.only(WEB), Instant.MAX)
        .whateverTheNodeId();
  }

  @ParameterizedTest
  @FieldSource("WAYS")
  void remembersTheNodeOfTheFirstRequest(Way way) {
    var envoy = settled(way, TRUST);

    envoy.request(
        Optional.empty(),
        EnvoySecrets.TYPE_URL,
        "",
        Optional.empty(),
        envoy.wanted(TRUST, "spiffe://default/web-1"));

    assertThat(envoy.takeNames()).contains("spiffe://default/web-1");
  }

  @ParameterizedTest
  @FieldSource("WAYS")
  void acceptsANodeThatIsRepeated(Way way) {
    var envoy = settled(way, TRUST);

    envoy.request(
        Optional.of(new Node("default.web-1", "")),
        EnvoySecrets.TYPE_URL,
        "",
        Optional.empty(),
        envoy.wanted(TRUST, IDENTITY));

    assertThat(envoy.takeNames()).contains(IDENTITY);
    assertThat(envoy.end()).isEmpty();
  }

  @ParameterizedTest
  @FieldSource("WAYS")
  void endsAStreamWhoseNodeChanges(Way way) {
    var envoy = settled(way, TRUST);

    envoy.request(
        Optional.of(new Node("default.web-2", "")),
        EnvoySecrets.TYPE_URL,
        "",
        Optional.empty(),
        envoy.wanted(IDENTITY));

    assertEnded(envoy, StreamEnd.Code.INVALID_ARGUMENT, "'default.web-1'", "'default.web-2'");
    assertThat(envoy.take()).isEmpty();
  }

  // Limits

  @ParameterizedTest
  @FieldSource("WAYS")
  void acceptsAsManyNamesAsTheLimitSays(Way way) {
    var envoy = envoy(way);

    envoy.subscribe(names(100));

    assertThat(envoy.end()).isEmpty();
    assertThat(envoy.status().secrets()).hasSize(100);
  }

  @ParameterizedTest
  @FieldSource("WAYS")
  void endsAStreamWithMoreNamesThanTheLimit(Way way) {
    var envoy = envoy(way);

    envoy.subscribe(names(10_000));

    assertEnded(envoy, StreamEnd.Code.RESOURCE_EXHAUSTED, "100", "10000");
  }

  @ParameterizedTest
  @FieldSource("WAYS")
  void endsAStreamThatCollectsMoreNamesThanTheLimit(Way way) {
    var envoy = envoy(way);
    envoy.subscribe(names(100));

    envoy.subscribe("one more");

    assertEnded(envoy, StreamEnd.Code.RESOURCE_EXHAUSTED, "100", "101");
  }

  private static String[] names(int count) {
    return IntStream.range(0, count).mapToObj(i -> "name " + i).toArray(String[]::new);
  }

  @ParameterizedTest
  @FieldSource("WAYS")
  void endsAStreamWithANameThatIsTooLong(Way way) {
    var envoy = envoy(way);

    envoy.subscribe("x".repeat(2_049));

    assertEnded(envoy, StreamEnd.Code.INVALID_ARGUMENT, "2048", "2049");
  }

  @ParameterizedTest
  @FieldSource("WAYS")
  void endsAStreamWhoseBytesAreNoRequest(Way way) {
    var envoy = envoy(way);

    envoy.happens(
        new StreamEvent.Requested(new Message.Malformed("resource_names is not valid UTF-8")));

    assertEnded(envoy, StreamEnd.Code.INVALID_ARGUMENT, "resource_names is not valid UTF-8");
  }

  @ParameterizedTest
  @FieldSource("WAYS")
  void endsAStreamThatNeverAsks(Way way) {
    var envoy = envoy(way);

    time.pass(Duration.ofSeconds(10));

    assertEnded(envoy, StreamEnd.Code.DEADLINE_EXCEEDED, "10 s");
  }

  @ParameterizedTest
  @FieldSource("WAYS")
  void endsAStreamWhoseCredentialIsNeverChecked(Way way) {
    var envoy = unauthenticated(way);

    time.pass(Duration.ofSeconds(10));

    assertEnded(envoy, StreamEnd.Code.DEADLINE_EXCEEDED);
  }

  @ParameterizedTest
  @FieldSource("WAYS")
  void hasNoDeadlineForAStreamThatHasAsked(Way way) {
    var envoy = settled(way, TRUST);

    time.pass(Duration.ofDays(1));

    assertThat(envoy.end()).isEmpty();
    assertThat(time.pending()).isZero();
  }

  @ParameterizedTest
  @FieldSource("WAYS")
  void refusesOneStreamMoreThanADataplaneMayHave(Way way) {
    var three = List.of(settled(way, TRUST), settled(way, TRUST), settled(way, TRUST));
    var fourth = envoy(way);
    fourth.subscribe(TRUST);

    three.getFirst().happens(new StreamEvent.Closed());
    var next = settled(way, TRUST);

    assertEnded(fourth, StreamEnd.Code.RESOURCE_EXHAUSTED, "3", "4");
    assertThat(next.end()).isEmpty();
    assertThat(streams.statuses(WEB)).hasSize(3);
  }

  @ParameterizedTest
  @FieldSource("WAYS")
  void refusesOneStreamMoreThanACredentialMayHave(Way way) {
    var four = List.of(envoy(way), envoy(way), envoy(way), envoy(way));
    var fifth = envoy(way);

    four.getFirst().happens(new StreamEvent.Closed());
    var next = envoy(way);

    assertEnded(fifth, StreamEnd.Code.RESOURCE_EXHAUSTED, "4", "5");
    assertThat(next.end()).isEmpty();
    assertThat(unauthenticated(way).authenticated(FakeEnvoy.credential("token 2")).end()).isEmpty();
  }

  // How it ends

  @ParameterizedTest
  @FieldSource("WAYS")
  void endsAStreamWhoseCredentialExpires(Way way) {
    var credential =
        Credential.of(
            "token 1", Credential.Permits.in("default"), ManualTime.NOON.plus(Duration.ofHours(1)));
    var envoy = unauthenticated(way).authenticated(credential);
    envoy.subscribe(IDENTITY);
    time.pass(Duration.ofMinutes(59));
    var before = envoy.end();

    time.pass(Duration.ofMinutes(1));

    assertThat(before).isEmpty();
    assertEnded(envoy, StreamEnd.Code.UNAUTHENTICATED, "expired");
  }

  @ParameterizedTest
  @FieldSource("WAYS")
  void endsTheStreamsOfARevokedCredentialAndNoOthers(Way way) {
    var revoked = settled(way, TRUST);
    var other = unauthenticated(way).authenticated(FakeEnvoy.credential("token 2"));

    streams.revoke(credential -> credential.subject().equals("token 1"));
    var late = envoy(way);

    assertEnded(revoked, StreamEnd.Code.UNAUTHENTICATED, "revoked");
    assertEnded(late, StreamEnd.Code.UNAUTHENTICATED, "revoked");
    assertThat(other.end()).isEmpty();
  }

  @ParameterizedTest
  @FieldSource("WAYS")
  void servesADataplaneAsWhatItHasBecome(Way way) {
    var envoy = settled(way, TRUST);
    var changed = Dataplane.of(WEB, Tags.service("shop"));
    dataplanes.put(WEB, changed);

    streams.dataplaneChanged(WEB);

    assertThat(secrets.lastKnown(WEB)).contains(changed);
    assertThat(envoy.end()).isEmpty();
  }

  @ParameterizedTest
  @FieldSource("WAYS")
  void asksAtOnceForWhatADataplaneGetsNow(Way way) {
    var envoy = settled(way, IDENTITY);
    dataplanes.put(WEB, Dataplane.of(WEB, Tags.service("shop")));
    secrets.identity(2);

    streams.dataplaneChanged(WEB);

    assertThat(envoy.takeNames()).containsExactly(IDENTITY);
    assertThat(status(envoy, IDENTITY).sent().orElseThrow().serial()).contains("2");
  }

  @ParameterizedTest
  @FieldSource("WAYS")
  void endsAStreamWhoseDataplaneIsNoLongerWhatItsCredentialPermits(Way way) {
    var credential =
        Credential.of(
            "token 1",
            new Credential.Permits(
                Optional.of("default"), Optional.empty(), Tags.service("web"), Optional.empty()),
            Instant.MAX);
    var envoy = unauthenticated(way).authenticated(credential);
    envoy.subscribe(TRUST);
    dataplanes.put(WEB, Dataplane.of(WEB, Tags.service("bank")));

    streams.dataplaneChanged(WEB);

    assertEnded(envoy, StreamEnd.Code.PERMISSION_DENIED);
    assertThat(envoy.end().orElseThrow().sentence()).doesNotContain("bank");
  }

  @ParameterizedTest
  @FieldSource("WAYS")
  void drainsStreamsOneAfterTheOther(Way way) {
    var two = List.of(settled(way, TRUST), settled(way, TRUST));
    var drained = streams.drain(Duration.ofSeconds(10)).toCompletableFuture();

    time.pass(Duration.ofSeconds(4));
    var first = two.stream().filter(envoy -> envoy.end().isPresent()).count();
    time.pass(Duration.ofSeconds(1));

    assertThat(first).isEqualTo(1);
    two.forEach(envoy -> assertEnded(envoy, StreamEnd.Code.UNAVAILABLE));
    assertThat(drained).isCompleted();
  }

  @ParameterizedTest
  @FieldSource("WAYS")
  void refusesNewStreamsWhileItDrains(Way way) {
    var drained = streams.drain(Duration.ofSeconds(10)).toCompletableFuture();

    var late = unauthenticated(way);

    assertThat(drained).isCompleted();
    assertEnded(late, StreamEnd.Code.UNAVAILABLE);
  }

  @ParameterizedTest
  @FieldSource("WAYS")
  void forgetsEverythingOfAStreamThatIsGone(Way way) {
    var envoy = settled(way, IDENTITY);

    envoy.happens(new StreamEvent.Closed());
    envoy.subscribe(TRUST);
    envoy.happens(new StreamEvent.SecretsChanged());

    assertThat(envoy.take()).isEmpty();
    assertThat(envoy.end()).isEmpty();
    assertThat(streams.statuses()).isEmpty();
    assertThat(streams.statuses(WEB)).isEmpty();
    assertThat(secrets.open()).isEmpty();
    assertThat(observer.count("closed")).isEqualTo(1);
  }

  @ParameterizedTest
  @FieldSource("WAYS")
  void endsWhenTheClientWillAskNoMore(Way way) {
    var envoy = settled(way, IDENTITY);

    envoy.happens(new StreamEvent.HalfClosed());

    assertEnded(envoy, StreamEnd.Code.OK);
  }

  // What is known of it

  @ParameterizedTest
  @FieldSource("WAYS")
  void showsWhoIsThereAndWhatItHas(Way way) {
    settled(way, IDENTITY);

    var status = streams.statuses(WEB).getFirst();

    assertThat(status.service()).isEqualTo(way.service());
    assertThat(status.variant()).isEqualTo(way.variant());
    assertThat(status.credential()).contains("token 1");
    assertThat(status.userAgent()).isEqualTo("envoy 1.40.0");
    assertThat(status.since()).isEqualTo(ManualTime.NOON);
    assertThat(status.secrets())
        .containsExactly(
            new SecretStatus(
                IDENTITY,
                SecretKind.IDENTITY,
                Optional.of(new SecretStatus.Delivered("i1K", Optional.of("1"), ManualTime.NOON)),
                Optional.of(new SecretStatus.Delivered("i1K", Optional.of("1"), ManualTime.NOON)),
                Optional.empty(),
                Optional.empty(),
                Optional.empty()));
    assertThat(observer.count("first secret after PT0S")).isEqualTo(1);
  }

  // Fetch

  @Test
  void fetchesManySecretsInOneAnswer() {
    var envoy = new FakeEnvoy(streams, Service.SDS, Variant.FETCH).authenticated();

    envoy.subscribe(IDENTITY, TRUST, "nobody");
    envoy.happens(new StreamEvent.HalfClosed());

    var seen = envoy.take();
    assertThat(seen).extracting(Seen::name).containsExactly(TRUST, IDENTITY);
    assertThat(seen).extracting(Seen::version).allMatch(version -> version.length() == 64);
    assertEnded(envoy, StreamEnd.Code.OK);
    assertThat(streams.size()).isZero();
  }

  @Test
  void letsAFetchWaitForASecretThatIsBeingMade() {
    secrets.identityPending();
    var envoy = new FakeEnvoy(streams, Service.SDS, Variant.FETCH).authenticated();
    envoy.subscribe(IDENTITY);
    envoy.happens(new StreamEvent.HalfClosed());
    var before = envoy.take();

    secrets.identity(1);
    secrets.wakeAll();

    assertThat(before).isEmpty();
    assertThat(envoy.takeOne().version()).isEqualTo("i1K");
    assertEnded(envoy, StreamEnd.Code.OK);
  }

  @Test
  void doesNotLetAFetchWaitForEver() {
    secrets.identityPending();
    var envoy = new FakeEnvoy(streams, Service.SDS, Variant.FETCH).authenticated();
    envoy.subscribe(IDENTITY);

    time.pass(Duration.ofSeconds(15));

    assertEnded(envoy, StreamEnd.Code.UNAVAILABLE, "not ready");
  }

  @ParameterizedTest
  @FieldSource("FETCHES")
  void tellsAFetchThatThereIsNoSuchSecret(Fetch fetch) {
    var envoy = new FakeEnvoy(streams, Service.SDS, Variant.FETCH).authenticated();

    envoy.request(
        Optional.of(new Node("default.web-1", "")),
        fetch.typeUrl(),
        "",
        Optional.empty(),
        envoy.wanted(fetch.names().toArray(String[]::new)));

    assertEnded(envoy, StreamEnd.Code.NOT_FOUND);
  }

  static final List<Fetch> FETCHES =
      List.of(
          new Fetch("an unknown name", EnvoySecrets.TYPE_URL, List.of("nobody")),
          new Fetch("no name", EnvoySecrets.TYPE_URL, List.of()),
          new Fetch("another type", "type.googleapis.com/x", List.of(IDENTITY)));

  record Fetch(String what, String typeUrl, List<String> names) {}
}
