package dev.meshseal.issuance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meshseal.ca.BackendRef;
import dev.meshseal.ca.CaException;
import dev.meshseal.ca.CertificateAuthority;
import dev.meshseal.identity.Dataplane;
import dev.meshseal.identity.DataplaneId;
import dev.meshseal.identity.DataplaneIdentity;
import dev.meshseal.identity.IdentityForm;
import dev.meshseal.identity.IdentityTemplate;
import dev.meshseal.identity.Tags;
import dev.meshseal.issuance.TrustedRoot.Reason.Listed;
import dev.meshseal.issuance.TrustedRoot.Reason.Retiring;
import dev.meshseal.mesh.Backend;
import dev.meshseal.mesh.BackendConf;
import dev.meshseal.mesh.DataSource;
import dev.meshseal.mesh.Mesh;
import dev.meshseal.testing.FakeExecutor;
import dev.meshseal.testing.FakeTime;
import dev.meshseal.x509.CaProfile;
import dev.meshseal.x509.CertificateCheck;
import dev.meshseal.x509.CertificateSigner;
import dev.meshseal.x509.CryptoProvider;
import dev.meshseal.x509.IdentityCertificate;
import dev.meshseal.x509.IssuingCa;
import dev.meshseal.x509.KeyType;
import dev.meshseal.x509.TrustBundle;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class MeshesTest {
  private static final Duration DAY = Duration.ofHours(24);

  private final FakeTime time = new FakeTime();
  private final FakeExecutor work = new FakeExecutor();
  private final Map<String, TestCa> authorities = new HashMap<>();
  private final Map<String, String> secrets = new HashMap<>();
  private final FakeObserver observer = new FakeObserver();
  private final Set<String> ended = new HashSet<>();
  private final Meshes meshes = meshes(new Lanes(work, work));

  private Meshes meshes(Lanes lanes) {
    return new Meshes(
        this::openTestCa,
        this::readSecret,
        new CertificateCheck(CryptoProvider.best()),
        lanes,
        new IssueLimiter(IssueLimiter.Limits.DEFAULT, time, new Random(1)),
        Rotation.AT_TWO_THIRDS,
        time,
        time,
        new Random(2),
        observer);
  }

  // ---- the first certificate

  @Test
  void answersPendingUntilTheCertificateIsThereAndThenWakesTheStream() {
    apply(mesh("ca-1", "ca-1"));
    var stream = open("web-1");

    var before = stream.identity();
    work.runAll();

    assertThat(before).isInstanceOf(Answer.Pending.class);
    assertThat(stream.woken.get()).isPositive();
    assertThat(certificate(stream).value().expiresAt()).isEqualTo(time.instant().plus(DAY));
    assertThat(observer.causes).containsExactly(IssueCause.FIRST);
  }

  @Test
  void tellsWhoeverIssuesThatItWillNotForLong() {
    apply(mesh("ca-1", "ca-1"));
    settle(open("web-1"));
    var before = List.copyOf(observer.warnings);
    ca1().warning = Optional.of("ends soon");

    settle(open("web-2"));

    assertThat(before).isEmpty();
    assertThat(observer.warnings).containsExactly("ca-1: ends soon");
    assertThat(meshes.statuses().getFirst().backends().getFirst().warning()).contains("ends soon");
  }

  @Test
  void issuesOneCertificateForAllStreamsOfAProxy() {
    apply(mesh("ca-1", "ca-1"));
    var one = open("web-1");
    var other = open("web-1");

    settle(one, other);

    assertThat(certificate(one)).isEqualTo(certificate(other));
    assertThat(ca1().issued).isEqualTo(1);
  }

  @Test
  void issuesEachFormOfAnIdentityForItself() {
    apply(mesh("ca-1", "ca-1"));
    var stream = open("web-1");

    stream.secrets.identity(IdentityForm.SVID);
    settle(stream);

    assertThat(ready(stream.secrets.identity(IdentityForm.SVID)).version())
        .isNotEqualTo(certificate(stream).version());
  }

  @Test
  void answersAStreamThatComesBackWithWhatIsStillValid() {
    apply(mesh("ca-1", "ca-1"));
    var first = open("web-1");
    settle(first);
    var version = certificate(first).version();

    first.secrets.close();
    time.advance(Duration.ofHours(12));
    var again = open("web-1");

    assertThat(certificate(again).version()).isEqualTo(version);
    assertThat(ca1().issued).isEqualTo(1);
  }

  @Test
  void renewsForAStreamThatComesBackLateAndServesTheOldOneMeanwhile() {
    apply(mesh("ca-1", "ca-1"));
    var first = open("web-1");
    settle(first);
    var version = certificate(first).version();
    first.secrets.close();
    time.advance(Duration.ofHours(20));

    var again = open("web-1");
    var meanwhile = certificate(again).version();
    settle(again);

    assertThat(meanwhile).isEqualTo(version);
    assertThat(certificate(again).version()).isNotEqualTo(version);
    assertThat(observer.causes).containsExactly(IssueCause.FIRST, IssueCause.DUE);
  }

  @Test
  void forgetsAProxyThatStaysAwayUntilItsCertificateHasExpired() {
    apply(mesh("ca-1", "ca-1"));
    var stream = open("web-1");
    settle(stream);

    stream.secrets.close();
    time.advance(DAY.plusSeconds(1));

    assertThat(meshes.identities("default")).isEmpty();
    assertThat(time.alarms()).isZero();
  }

  @Test
  void forgetsAProxyThatLeftBeforeItsFirstCertificateFailed() {
    apply(mesh("ca-1", "ca-1"));
    ca1().failure = Optional.of(CaException.unavailable("the issuer is not Ready"));
    var stream = open("web-1");
    stream.identity();

    stream.secrets.close();
    work.runAll();

    assertThat(meshes.identities("default")).isEmpty();
    assertThat(meshes.limiter().failing(BackendRef.of("default", "ca-1"))).isZero();
    assertThat(time.alarms()).isZero();
  }

  @Test
  void forgetsAProxyThatLeftWhileItsRenewalFailedOnceItsCertificateHasExpired() {
    apply(mesh("ca-1", "ca-1"));
    var stream = open("web-1");
    settle(stream);
    ca1().failure = Optional.of(CaException.unavailable("the issuer is not Ready"));
    meshes.renew("default", Optional.empty());

    stream.secrets.close();
    work.runAll();
    var meanwhile = meshes.identities("default");
    time.advance(DAY.plusSeconds(1));

    assertThat(meanwhile).hasSize(1);
    assertThat(meshes.identities("default")).isEmpty();
    assertThat(time.alarms()).isZero();
  }

  @Test
  void refusesAProxyWithoutAnIdentityAndSaysWhatItLacks() {
    apply(mesh("ca-1", "ca-1"));
    var stream = open(Dataplane.of(new DataplaneId("default", "web-1"), Tags.NONE));

    assertThat(refused(stream.identity())).contains("default/web-1", "kuma.io/service");
  }

  // ---- renewal

  @Test
  void renewsAfterTwoThirdsOfTheLife() {
    apply(mesh("ca-1", "ca-1"));
    var stream = open("web-1");
    settle(stream);
    var first = certificate(stream);

    time.advance(Duration.ofHours(14));
    settle(stream);
    var early = certificate(stream);
    time.advance(Duration.ofHours(4));
    settle(stream);

    assertThat(early).isEqualTo(first);
    assertThat(certificate(stream)).isNotEqualTo(first);
    assertThat(observer.causes).containsExactly(IssueCause.FIRST, IssueCause.DUE);
  }

  @Test
  void keepsTheLastGoodCertificateWhileTheAuthorityFails() {
    apply(mesh("ca-1", "ca-1"));
    var stream = open("web-1");
    settle(stream);
    var first = certificate(stream);

    ca1().failure = Optional.of(CaException.unavailable("ca-1 is down"));
    time.advance(Duration.ofHours(18));
    settle(stream);
    var newcomer = open("web-1");

    assertThat(certificate(stream)).isEqualTo(first);
    assertThat(certificate(newcomer)).isEqualTo(first);
    var status = meshes.identities("default").getFirst();
    assertThat(status.failure().orElseThrow().message()).isEqualTo("ca-1 is down");
  }

  @Test
  void triesAgainUntilTheAuthorityIsBack() {
    apply(mesh("ca-1", "ca-1"));
    ca1().failure = Optional.of(CaException.unavailable("ca-1 is down"));
    var stream = open("web-1");
    settle(stream);

    assertThat(((Answer.Pending<?>) stream.identity()).reason()).isEqualTo("ca-1 is down");
    ca1().failure = Optional.empty();
    time.advance(Duration.ofSeconds(7));
    settle(stream);

    assertThat(certificate(stream)).isNotNull();
  }

  @Test
  void neverServesACertificateThatHasExpired() {
    apply(mesh("ca-1", "ca-1"));
    var stream = open("web-1");
    settle(stream);

    ca1().failure = Optional.of(CaException.unavailable("ca-1 is down"));
    time.advance(DAY.plusSeconds(1));
    settle(stream);

    assertThat(stream.identity()).isInstanceOf(Answer.Pending.class);
  }

  @Test
  void neverPublishesWhatIsForSomebodyElse() {
    apply(mesh("ca-1", "ca-1"));
    ca1().issuesFor =
        Optional.of(IdentityTemplate.of("default").identify(dataplane("db"), IdentityForm.KUMA));
    var stream = open("web-1");

    settle(stream);

    assertThat(((Answer.Pending<?>) stream.identity()).reason())
        .contains("must not be served", "default/web-1", "spiffe://default/db");
  }

  @Test
  void issuesAnewWhenTheOperatorAsks() {
    apply(mesh("ca-1", "ca-1"));
    var stream = open("web-1");
    settle(stream);

    var asked = meshes.renew("default", Optional.empty());
    settle(stream);

    assertThat(asked).hasValue(1);
    assertThat(observer.causes).containsExactly(IssueCause.FIRST, IssueCause.OPERATOR_ASKED);
    assertThat(meshes.renew("nowhere", Optional.empty())).isEmpty();
  }

  // ---- changes

  @Test
  void issuesAnewWhenTheTagsOfAProxyChange() {
    apply(mesh("ca-1", "ca-1"));
    var stream = open("web-1");
    settle(stream);

    stream.secrets.become(
        Dataplane.of(new DataplaneId("default", "web-1"), Tags.service("web-v2")));
    settle(stream);

    assertThat(observer.causes).containsExactly(IssueCause.FIRST, IssueCause.TAGS_CHANGED);
    assertThat(meshes.identities("default"))
        .anySatisfy(
            status -> assertThat(status.identity().uris()).contains("spiffe://default/web-v2"));
  }

  @Test
  void keepsNothingOfWhoAProxyWasBeforeItsTagsChanged() {
    apply(mesh("ca-1", "ca-1"));
    var stream = open("web-1");
    settle(stream);

    for (var version = 0; version < 100; version++) {
      stream.secrets.become(
          Dataplane.of(
              new DataplaneId("default", "web-1"),
              Tags.of(Map.of("kuma.io/service", Set.of("web"), "version", Set.of("v" + version)))));
      settle(stream);
    }

    assertThat(meshes.identities("default")).hasSize(1);
    assertThat(time.alarms()).isEqualTo(1);
  }

  @Test
  void trustsBothAuthoritiesBeforeTheNewOneIssues() {
    apply(mesh("ca-1", "ca-1"));
    var stream = open("web-1");
    settle(stream);
    var first = certificate(stream).value();

    apply(mesh("ca-2", "ca-1", "ca-2"));
    var trust = trust(stream);
    var meanwhile = certificate(stream).value();
    settle(stream);

    assertThat(trust.roots()).hasSize(2);
    assertThat(meanwhile).isEqualTo(first);
    assertThat(certificate(stream).value().issuer()).isNotEqualTo(first.issuer());
    assertThat(observer.causes).containsExactly(IssueCause.FIRST, IssueCause.BACKEND_CHANGED);
  }

  @Test
  void keepsARootUntilTheLastLeafUnderItHasExpired() {
    apply(mesh("ca-1", "ca-1"));
    var stream = open("web-1");
    settle(stream);

    apply(mesh("ca-2", "ca-2"));
    settle(stream);
    var during = reasons();
    time.advance(DAY.plusSeconds(1));
    settle(stream);

    assertThat(during)
        .hasSize(2)
        .contains(new Listed("ca-2"))
        .anyMatch(reason -> reason instanceof Retiring old && old.backend().equals("ca-1"));
    assertThat(reasons()).containsExactly(new Listed("ca-2"));
    assertThat(trust(stream).roots()).hasSize(1);
  }

  @Test
  void issuesAnewWhenASecretThatTheBackendRefersToHasOtherContent() {
    secrets.put("cert", "one");
    apply(mesh(provided("ca-1", "cert")));
    var stream = open("web-1");
    settle(stream);

    secrets.put("cert", "two");
    authorities.remove("ca-1");
    meshes.reopen("default");
    settle(stream);

    assertThat(observer.causes).containsExactly(IssueCause.FIRST, IssueCause.CONTENT_CHANGED);
  }

  @Test
  void doesNothingWhenNothingHasChanged() {
    apply(mesh("ca-1", "ca-1"));
    var stream = open("web-1");
    settle(stream);

    apply(mesh("ca-1", "ca-1"));
    meshes.reopen("default");
    settle(stream);

    assertThat(observer.causes).containsExactly(IssueCause.FIRST);
    assertThat(ca1().opened).isEqualTo(1);
  }

  @Test
  void keepsTheLastGoodMeshWhenTheNewOneCannotBeOpened() {
    apply(mesh("ca-1", "ca-1"));
    var stream = open("web-1");
    settle(stream);
    var first = certificate(stream);

    apply(mesh(provided("ca-9", "missing")));
    var status = meshes.statuses().getFirst();

    assertThat(certificate(stream)).isEqualTo(first);
    assertThat(status.mesh().orElseThrow().enabledBackend()).hasValue("ca-1");
    assertThat(status.refusal().orElseThrow().message()).contains("no secret 'missing'");
  }

  @Test
  void saysOfEachVersionOfAMeshWhyItIsNotInForceThoughItIsTheSame() {
    apply(mesh(provided("ca-9", "late")));
    time.advance(Duration.ofSeconds(2));
    work.runAll();
    var once = List.copyOf(observer.refusals);

    apply(mesh(provided("ca-9", "late")));

    assertThat(once).hasSize(1);
    assertThat(observer.refusals).hasSize(2);
  }

  @Test
  void takesAMeshIntoForceAsSoonAsWhatItNeedsIsThere() {
    apply(mesh(provided("ca-9", "late")));
    var stream = open("web-1");
    var before = stream.identity();

    secrets.put("late", "here");
    time.advance(Duration.ofSeconds(2));
    settle(stream);

    assertThat(((Answer.Pending<?>) before).reason()).contains("no secret 'late'");
    assertThat(certificate(stream)).isNotNull();
    assertThat(meshes.statuses().getFirst().refusal()).isEmpty();
  }

  @Test
  void asksAgainAtOnceWhenWhatTheAuthorityWaitedForHasCome() {
    apply(mesh("ca-1", "ca-1"));
    ca1().failure = Optional.of(CaException.unavailable("the issuer is not Ready"));
    var stream = open("web-1");
    settle(stream);

    ca1().failure = Optional.empty();
    meshes.authorityChanged("default");
    settle(stream);

    assertThat(certificate(stream)).isNotNull();
    assertThat(observer.causes).containsExactly(IssueCause.FIRST);
  }

  @Test
  void refusesEverythingOfAMeshThatDoesNotExistUntilItDoes() {
    var stream = open("web-1");
    var before = stream.identity();

    apply(mesh("ca-1", "ca-1"));
    settle(stream);

    assertThat(refused(before)).contains("no mesh 'default'");
    assertThat(stream.woken.get()).isPositive();
    assertThat(certificate(stream)).isNotNull();
  }

  @Test
  void refusesCertificatesWhereMtlsIsOff() {
    apply(withoutMtls());
    var stream = open("web-1");

    assertThat(refused(stream.identity())).contains("mTLS off", "enabledBackend");
    assertThat(refused(stream.secrets.trust("default"))).contains("no mTLS backend");
  }

  @Test
  void refusesEverythingOfAMeshThatWasRemoved() {
    apply(mesh("ca-1", "ca-1"));
    var stream = open("web-1");
    settle(stream);

    meshes.remove("default");
    work.runAll();

    assertThat(refused(stream.identity())).contains("no mesh 'default'");
    assertThat(meshes.statuses()).isEmpty();
  }

  @Test
  void servesAMeshThatComesBackToTheStreamsOfTheOneThatWasRemoved() {
    apply(mesh("ca-1", "ca-1"));
    var stream = open("web-1");
    settle(stream);
    meshes.remove("default");
    work.runAll();
    var before = stream.woken.get();

    apply(mesh("ca-1", "ca-1"));
    settle(stream);

    assertThat(stream.woken.get()).isGreaterThan(before);
    assertThat(certificate(stream)).isNotNull();
  }

  @Test
  void trustsTheRootsOfLeavesThatAreOutWhenAMeshComesBackWithAnother() {
    apply(mesh("ca-1", "ca-1"));
    var stream = open("web-1");
    settle(stream);
    meshes.remove("default");
    work.runAll();

    apply(mesh("ca-2", "ca-2"));

    assertThat(reasons())
        .hasSize(2)
        .contains(new Listed("ca-2"))
        .anyMatch(reason -> reason instanceof Retiring old && old.backend().equals("ca-1"));
  }

  @Test
  void forgetsAMeshThatWasRemovedOnceNobodyHasAnythingOfIt() {
    apply(mesh("ca-1", "ca-1"));
    var stream = open("web-1");
    settle(stream);
    meshes.remove("default");
    work.runAll();
    var whileConnected = meshes.renew("default", Optional.empty());

    stream.secrets.close();
    var whileALeafIsOut = meshes.renew("default", Optional.empty());
    var tooEarly = List.copyOf(observer.forgotten);
    time.advance(DAY.plusSeconds(1));

    assertThat(whileConnected).isPresent();
    assertThat(whileALeafIsOut).isPresent();
    assertThat(tooEarly).isEmpty();
    assertThat(meshes.renew("default", Optional.empty())).isEmpty();
    assertThat(observer.forgotten).containsExactly("default");
  }

  @Test
  void aMeshThatComesBackAfterItWasForgottenIsHeardOfByWhoWaitsForIt() {
    apply(mesh("ca-1", "ca-1"));
    meshes.remove("default");
    work.runAll();
    var stream = open("web-1");
    var without = stream.identity();

    apply(mesh("ca-1", "ca-1"));
    settle(stream);

    assertThat(refused(without)).contains("no mesh 'default'");
    assertThat(stream.woken.get()).isPositive();
    assertThat(certificate(stream)).isNotNull();
  }

  /** Whoever applies, removes and asks at once: in the end what was said last holds. */
  @Test
  void losesNoMeshThatIsAppliedWhileItIsBeingForgotten() throws Exception {
    for (var round = 0; round < 200; round++) {
      var stream = open("web-1");
      try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
        threads.execute(
            () -> {
              meshes.apply(mesh("ca-1", "ca-1"));
              meshes.remove("default");
              meshes.apply(mesh("ca-1", "ca-1"));
            });
        threads.execute(work::runAll);
        threads.execute(stream::identity);
      }
      settle(stream);

      assertThat(certificate(stream)).as("round %d", round).isNotNull();
      stream.secrets.close();
      meshes.remove("default");
      time.advance(DAY.plusSeconds(1));
      work.runAll();
      assertThat(meshes.renew("default", Optional.empty())).as("round %d", round).isEmpty();
    }
  }

  @Test
  void aChangeOfOneMeshWakesNoStreamOfAnother() {
    apply(mesh("ca-1", "ca-1"));
    var stream = open("web-1");
    settle(stream);
    stream.secrets.trust("default");
    var before = stream.woken.get();

    apply(meshIn("other", "other", "ca-2"));

    assertThat(stream.woken.get()).isEqualTo(before);
  }

  @Test
  void tellsTheRootsOfEveryMeshByTrustDomainToThoseWhoAsk() {
    apply(mesh("ca-1", "ca-1"));
    var stream = open("web-1");
    stream.secrets.trustOfAll();
    var before = stream.woken.get();

    apply(meshIn("example.org", "other", "ca-2"));

    assertThat(stream.woken.get()).isGreaterThan(before);
    assertThat(ready(stream.secrets.trustOfAll()).value())
        .containsOnlyKeys("default", "example.org");
    assertThat(stream.secrets.meshOf("example.org")).hasValue("other");
  }

  @Test
  void tellsTheRootsOfAMeshUnderItsNewTrustDomain() {
    apply(mesh("ca-1", "ca-1"));
    var stream = open("web-1");
    stream.secrets.trustOfAll();
    var before = stream.woken.get();

    apply(meshIn("new.example", "default", "ca-1"));

    assertThat(stream.woken.get()).isGreaterThan(before);
    assertThat(ready(stream.secrets.trustOfAll()).value()).containsOnlyKeys("new.example");
  }

  // ---- streams that ask by other names

  @Test
  void wakesAStreamThatAskedForItsSpiffeIdBeforeItsMeshWasThere() {
    var stream = open("web-1");
    var before = stream.secrets.spiffeId();

    apply(mesh("ca-1", "ca-1"));

    assertThat(before).isEmpty();
    assertThat(stream.woken.get()).isPositive();
    assertThat(stream.secrets.spiffeId()).isPresent();
  }

  @Test
  void wakesAStreamThatAskedForATrustDomainBeforeAMeshHadIt() {
    var stream = open("web-1");
    var before = stream.secrets.meshOf("default");

    apply(mesh("ca-1", "ca-1"));

    assertThat(before).isEmpty();
    assertThat(stream.woken.get()).isPositive();
    assertThat(stream.secrets.meshOf("default")).hasValue("default");
  }

  // ---- an authority that is left

  @Test
  void waitsForNoAuthorityThatTheOperatorHasLeft() {
    var hung = new FakeExecutor();
    var meshes = meshes(new Lanes(hung, work));
    meshes.apply(mesh("ca-1", "ca-1", "ca-2"));
    work.runAll();
    var secrets = meshes.open(dataplane("web-1"), () -> {});
    secrets.identity(IdentityForm.KUMA);
    var calls = hung.waiting();

    meshes.apply(mesh("ca-2", "ca-1", "ca-2"));
    work.runAll();
    hung.runLast();
    var first = ready(secrets.identity(IdentityForm.KUMA));
    hung.runAll();

    assertThat(calls).isEqualTo(1);
    assertThat(meshes.identities("default").getFirst().issued().orElseThrow().leaf().backend())
        .isEqualTo("ca-2");
    assertThat(ready(secrets.identity(IdentityForm.KUMA))).isEqualTo(first);
  }

  @Test
  void keepsNoLeafOfABackendThatWasLeftWhileItIssued() {
    apply(mesh("ca-1", "ca-1", "ca-2"));
    var stream = open("web-1");
    settle(stream);

    apply(mesh("ca-2", "ca-1", "ca-2"));
    meshes.apply(mesh("ca-1", "ca-1", "ca-2"));
    settle(stream);

    assertThat(meshes.identities("default").getFirst().issued().orElseThrow().leaf().backend())
        .isEqualTo("ca-1");
  }

  @Test
  void failuresAtAnAuthorityThatWasLeftHoldNobodyBackAtTheNext() {
    apply(mesh("ca-1", "ca-1"));
    var streams = IntStream.range(0, 10).mapToObj(i -> open("web-" + i)).toList();
    ca1().failure = Optional.of(CaException.unavailable("away"));
    streams.forEach(TestStream::identity);
    meshes.remove("default");
    work.runAll();

    ca1().failure = Optional.empty();
    apply(mesh("ca-1", "ca-1"));
    settle(streams.toArray(TestStream[]::new));

    assertThat(streams).allSatisfy(stream -> assertThat(certificate(stream)).isNotNull());
  }

  @Test
  void leavesOutABackendThatHasEndedWhereAnotherIsEnabled() {
    ended.add("ca-1");

    apply(mesh("ca-2", "ca-1", "ca-2"));
    var stream = open("web-1");
    settle(stream);

    assertThat(certificate(stream)).isNotNull();
    assertThat(reasons()).containsExactly(new Listed("ca-2"));
    assertThat(observer.warnings).singleElement().asString().contains("left out");
  }

  @Test
  void refusesAMeshOfWhichTheEnabledBackendHasEnded() {
    ended.add("ca-1");

    apply(mesh("ca-1", "ca-1", "ca-2"));

    assertThat(meshes.statuses().getFirst().refusal().orElseThrow().message())
        .contains("ca-1 has ended");
  }

  @Test
  void countsNothingAsRenewedWhereNothingIssues() {
    apply(mesh("ca-1", "ca-1"));
    var stream = open("web-1");
    settle(stream);

    apply(withoutMtls());

    assertThat(meshes.renew("default", Optional.empty())).hasValue(0);
  }

  // ---- a mesh, its streams and an authority

  private void apply(Mesh mesh) {
    meshes.apply(mesh);
    work.runNext();
  }

  private static Mesh mesh(String enabled, String... backends) {
    return mesh(enabled, List.of(backends).stream().map(MeshesTest::builtin).toList());
  }

  private static Mesh mesh(Backend backend) {
    return mesh(backend.name(), List.of(backend));
  }

  private static Mesh mesh(String enabled, List<Backend> backends) {
    return new Mesh(
        "default", IdentityTemplate.of("default"), Optional.of(enabled), backends, false);
  }

  private static Mesh meshIn(String trustDomain, String name, String backend) {
    return new Mesh(
        name,
        new IdentityTemplate(trustDomain, Optional.empty(), Optional.empty()),
        Optional.of(backend),
        List.of(builtin(backend)),
        false);
  }

  private static Mesh withoutMtls() {
    return new Mesh("default", IdentityTemplate.of("default"), Optional.empty(), List.of(), false);
  }

  private static Backend builtin(String name) {
    return backend(
        name,
        new BackendConf.Builtin(
            KeyType.EC_P256, BackendConf.Builtin.DEFAULT_CA_LIFETIME, KeyType.EC_P256));
  }

  private static Backend provided(String name, String secret) {
    var source = new DataSource.Secret(secret);
    return backend(name, new BackendConf.Provided(source, source, KeyType.EC_P256));
  }

  private static Backend backend(String name, BackendConf conf) {
    return new Backend(
        name, Backend.Mode.STRICT, DAY, Optional.empty(), Backend.DEFAULT_ROOT_CHAIN_TIMEOUT, conf);
  }

  private static Dataplane dataplane(String name) {
    return Dataplane.of(
        new DataplaneId("default", name), Tags.service(name.replaceAll("-\\d+$", "")));
  }

  private TestStream open(String name) {
    return open(dataplane(name));
  }

  private TestStream open(Dataplane dataplane) {
    var woken = new AtomicInteger();
    return new TestStream(meshes.open(dataplane, woken::incrementAndGet), woken);
  }

  private record TestStream(DataplaneSecrets secrets, AtomicInteger woken) {
    Answer<IdentityCertificate> identity() {
      return secrets.identity(IdentityForm.KUMA);
    }
  }

  /** Lets the streams ask, as they do when woken, and everything that follows happen. */
  private void settle(TestStream... streams) {
    do {
      work.runAll();
      for (var stream : streams) {
        stream.identity();
      }
    } while (work.waiting() > 0);
  }

  private static Versioned<IdentityCertificate> certificate(TestStream stream) {
    return ready(stream.identity());
  }

  private static TrustBundle trust(TestStream stream) {
    return ready(stream.secrets.trust("default")).value();
  }

  private List<TrustedRoot.Reason> reasons() {
    return meshes.statuses().getFirst().roots().stream().map(TrustedRoot::reason).toList();
  }

  private static <T> Versioned<T> ready(Answer<T> answer) {
    assertThat(answer).isInstanceOf(Answer.Ready.class);
    return ((Answer.Ready<T>) answer).secret();
  }

  private static String refused(Answer<?> answer) {
    assertThat(answer).isInstanceOf(Answer.Refused.class);
    return ((Answer.Refused<?>) answer).reason();
  }

  private TestCa ca1() {
    return Objects.requireNonNull(authorities.get("ca-1"));
  }

  private CertificateAuthority openTestCa(BackendRef ref, Backend backend) {
    if (ended.contains(backend.name())) {
      throw CaException.ended(backend.name() + " has ended");
    }
    var ca = authorities.computeIfAbsent(backend.name(), name -> new TestCa());
    ca.opened++;
    return ca;
  }

  private byte[] readSecret(String mesh, DataSource source) {
    var name = ((DataSource.Secret) source).name();
    return Optional.ofNullable(secrets.get(name))
        .orElseThrow(() -> CaException.unavailable("no secret '%s'".formatted(name)))
        .getBytes(StandardCharsets.UTF_8);
  }

  private final class TestCa implements CertificateAuthority {
    private final IssuingCa ca =
        IssuingCa.create(
            new CaProfile("default", "default", KeyType.EC_P256, Duration.ofDays(3650)),
            CryptoProvider.best(),
            FakeTime.NOON);
    private final CertificateSigner signer =
        new CertificateSigner(ca, KeyType.EC_P256, CryptoProvider.best());
    private Optional<CaException> failure = Optional.empty();
    private Optional<DataplaneIdentity> issuesFor = Optional.empty();
    private Optional<String> warning = Optional.empty();
    private int issued;
    private int opened;

    @Override
    public Optional<String> warning(Duration leafLifetime) {
      return warning;
    }

    @Override
    public TrustBundle trustBundle() {
      return ca.trustBundle();
    }

    @Override
    public IdentityCertificate issue(DataplaneIdentity identity, Duration lifetime) {
      if (failure.isPresent()) {
        throw failure.get();
      }
      issued++;
      return signer.sign(issuesFor.orElse(identity), lifetime, time.instant());
    }
  }
}
