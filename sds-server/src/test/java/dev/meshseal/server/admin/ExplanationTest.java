package dev.meshseal.server.admin;

import static dev.meshseal.server.admin.FakeInspection.NOON;
import static dev.meshseal.server.admin.FakeInspection.WEB;
import static dev.meshseal.server.admin.FakeInspection.problem;
import static org.assertj.core.api.Assertions.assertThat;

import dev.meshseal.identity.DataplaneId;
import dev.meshseal.server.admin.BackendView.AuthorityView;
import dev.meshseal.server.admin.BackendView.BreakerView;
import dev.meshseal.server.admin.BackendView.Role;
import dev.meshseal.server.admin.DataplaneView.IdentityView;
import dev.meshseal.server.admin.DataplaneView.LeafView;
import dev.meshseal.server.admin.Step.Mark;
import dev.meshseal.server.admin.StreamView.DeliveredView;
import dev.meshseal.server.admin.StreamView.Kind;
import dev.meshseal.server.admin.StreamView.NackedView;
import dev.meshseal.server.admin.StreamView.SecretView;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ExplanationTest {
  /** A fault, how it is found, and words that the sentence must have. */
  record Case(String name, FakeInspection inspection, Mark mark, Fault fault, List<String> words) {
    @Override
    public String toString() {
      return fault + " " + name;
    }
  }

  static Stream<Case> faults() {
    return Stream.of(credentials(), meshes(), backends(), upstream(), delivery(), trust())
        .flatMap(cases -> cases);
  }

  private static Stream<Case> credentials() {
    return Stream.of(
        cross("never seen", gone(), Fault.MS101, "'default/web-1'", "2 d ago"),
        cross("no token", gone().refused("MISSING", "there is none"), Fault.MS102, "there is none"),
        cross("none", gone().refused("ALGORITHM", "alg is 'none'"), Fault.MS103, "alg is 'none'"),
        cross("rotated", gone().refused("UNKNOWN_KEY", "no key '2'"), Fault.MS104, "no key '2'"),
        cross("forged", gone().refused("SIGNATURE", "is wrong"), Fault.MS105, "is wrong"),
        cross("ended", gone().refused("EXPIRED", "ended yesterday"), Fault.MS106, "yesterday"),
        cross("early", gone().refused("NOT_YET_VALID", "from tomorrow"), Fault.MS107, "tomorrow"),
        cross("revoked", gone().refused("REVOKED", "was revoked"), Fault.MS108, "revoked"),
        cross(
            "another's",
            gone().refused("NOT_PERMITTED", "is for mesh 'm2', not for 'default'"),
            Fault.MS109,
            "'m2'"),
        cross("other user", gone().refused("PEER", "uid 7, not 8"), Fault.MS110, "uid 7"),
        cross("for others", gone().refused("AUDIENCE", "is for 'x'"), Fault.MS113, "for 'x'"),
        cross("no pod's", gone().refused("NOT_BOUND", "not bound"), Fault.MS113, "not bound"),
        cross("of others", gone().refused("FOREIGN", "issuer 'x'"), Fault.MS113, "issuer 'x'"),
        cross("pod gone", gone().refused("GONE", "was deleted"), Fault.MS114, "was deleted"),
        cross("no answer", gone().refused("UNAVAILABLE", "in 10 s"), Fault.MS115, "in 10 s"),
        cross(
            "was here",
            new FakeInspection().streams(streams -> List.of()),
            Fault.MS111,
            "no stream",
            "in 23 h"),
        warning(
            "ends soon",
            new FakeInspection()
                .streams(
                    streams ->
                        streams.stream()
                            .map(stream -> until(stream, NOON.plusSeconds(90)))
                            .toList()),
            Fault.MS112,
            "in 90 s"));
  }

  private static Stream<Case> meshes() {
    return Stream.of(
        cross("no mesh", nothing().refused("MISSING", "x").mesh(mesh -> mesh), Fault.MS102, "x"),
        cross("no such mesh", nothing(), Fault.MS201, "there is no mesh 'default'"),
        cross(
            "off",
            new FakeInspection().mesh(mesh -> enabling(mesh, Optional.empty(), Optional.empty())),
            Fault.MS202,
            "mTLS of mesh 'default' is off"),
        cross(
            "refused",
            new FakeInspection().mesh(mesh -> never(mesh, problem("invalid", "mtls.x: is wrong"))),
            Fault.MS203,
            "mtls.x: is wrong"),
        cross(
            "not opened",
            new FakeInspection()
                .mesh(mesh -> never(mesh, problem("not-opened", "cert does not match key"))),
            Fault.MS301,
            "cert does not match key"),
        warning(
            "newest refused",
            new FakeInspection()
                .mesh(
                    mesh ->
                        enabling(
                            mesh,
                            mesh.enabledBackend(),
                            Optional.of(problem("invalid", "mtls.x: is wrong")))),
            Fault.MS204,
            "mtls.x: is wrong",
            "2026-11-22"));
  }

  private static Stream<Case> backends() {
    return Stream.of(
        cross(
            "provided pair is bad",
            new FakeInspection()
                .backend(
                    view ->
                        backend(
                            view,
                            false,
                            view.authorities(),
                            Optional.of(problem("rejected", "cert[0] does not match the key")),
                            Optional.empty(),
                            Optional.empty())),
            Fault.MS301,
            "cert[0] does not match the key",
            "backend 'ca-1' of mesh 'default'"),
        cross(
            "CA ended",
            new FakeInspection().backend(view -> ending(view, NOON.minusSeconds(600))),
            Fault.MS302,
            "ended 10 min ago"),
        warning(
            "CA ends soon",
            new FakeInspection().backend(view -> ending(view, NOON.plus(Duration.ofDays(20)))),
            Fault.MS303,
            "in 20 d"),
        cross(
            "Vault's token ended",
            new FakeInspection()
                .backend(
                    view ->
                        backend(
                            view,
                            true,
                            view.authorities(),
                            Optional.empty(),
                            Optional.empty(),
                            Optional.of(
                                new CredentialView(
                                    "vault-token", NOON.minusSeconds(300), Optional.empty())))),
            Fault.MS304,
            "vault-token ended 5 min ago"));
  }

  private static Stream<Case> upstream() {
    return Stream.of(
        cross(
            "policy of the authority",
            unissued(Optional.of(problem("rejected", "vault: role forbids spiffe://default/web"))),
            Fault.MS401,
            "role forbids spiffe://default/web",
            "3 times"),
        cross(
            "down",
            unissued(Optional.of(problem("unavailable", "vault is sealed (503)"))),
            Fault.MS402,
            "vault is sealed (503)"),
        cross(
            "breaker",
            unissued(Optional.of(problem("unavailable", "vault is sealed (503)")))
                .backend(
                    view ->
                        backend(
                            view,
                            true,
                            view.authorities(),
                            Optional.empty(),
                            Optional.of(
                                new BreakerView(NOON.minusSeconds(60), NOON.plusSeconds(240), 12)),
                            Optional.empty())),
            Fault.MS403,
            "12 proxies",
            "vault is sealed (503)"),
        cross("under way", unissued(Optional.empty()), Fault.MS404, "is being issued"),
        cross(
            "in a herd",
            unissued(Optional.empty()).underWay(900, 64, Duration.ofSeconds(16)),
            Fault.MS404,
            "is being issued, as are 963 others, all in about 16 s"),
        cross(
            "no service",
            unissued(Optional.of(problem("identity", "has neither tag nor workload"))),
            Fault.MS405,
            "neither tag"),
        warning(
            "renewal fails",
            new FakeInspection()
                .identity(
                    view -> with(view, view.issued(), Optional.of(problem("unavailable", "503")))),
            Fault.MS406,
            "503",
            "23 h"),
        cross(
            "check",
            unissued(Optional.of(problem("check", "the leaf is for another key"))),
            Fault.MS501,
            "another key"),
        warning(
            "shorter",
            new FakeInspection()
                .identity(
                    view ->
                        with(
                            view,
                            view.issued().map(leaf -> until(leaf, NOON.plus(Duration.ofHours(2)))),
                            Optional.empty())),
            Fault.MS502,
            "24 h",
            "3 h"));
  }

  private static Stream<Case> delivery() {
    return Stream.of(
        cross(
            "wrong name",
            new FakeInspection()
                .identity(view -> view)
                .secrets(
                    Kind.IDENTITY,
                    secret -> secret("identity_cert:secret:m2", Kind.UNKNOWN, "no such mesh")),
            Fault.MS601,
            "'identity_cert:secret:m2'",
            "no such mesh"),
        warning("roots only", new FakeInspection().without(Kind.IDENTITY), Fault.MS602, "only"),
        warning(
            "does not read",
            new FakeInspection().identity(view -> with(view, Optional.of(aged("5e2", 60)))),
            Fault.MS603,
            "5e2"),
        cross(
            "not yet sent",
            new FakeInspection()
                .identity(view -> with(view, Optional.of(aged("5e2", 1))))
                .secrets(Kind.IDENTITY, secret -> sent(secret, Optional.empty(), Optional.empty())),
            Fault.MS604,
            "nothing was sent"),
        cross(
            "never ACKed",
            new FakeInspection()
                .secrets(Kind.IDENTITY, secret -> sent(secret, secret.sent(), Optional.empty())),
            Fault.MS701,
            "without TLS"),
        cross(
            "old in use",
            new FakeInspection()
                .identity(
                    view ->
                        new IdentityView(
                            view.form(),
                            view.uris(),
                            Optional.of(aged("5e2", 60)),
                            view.issued(),
                            false,
                            Optional.empty()))
                .secrets(
                    Kind.IDENTITY,
                    secret ->
                        sent(
                            secret,
                            Optional.of(
                                new DeliveredView("v2", Optional.of("5e2"), NOON.minusSeconds(59))),
                            secret.acked())),
            Fault.MS702,
            "5e2",
            "5e1",
            "in 23 h"),
        cross(
            "NACK",
            new FakeInspection()
                .secrets(
                    Kind.IDENTITY,
                    secret ->
                        nacked(secret, new NackedView("leaf-5e1", "KEY_VALUES_MISMATCH", NOON))),
            Fault.MS703,
            "KEY_VALUES_MISMATCH"),
        cross(
            "ended",
            new FakeInspection()
                .at(NOON.plus(Duration.ofHours(24)))
                .streams(
                    streams ->
                        streams.stream()
                            .map(stream -> until(stream, NOON.plus(Duration.ofDays(5))))
                            .toList()),
            Fault.MS704,
            "5e1",
            "ended 60 min ago"));
  }

  private static Stream<Case> trust() {
    return Stream.of(
        warning("no roots asked", new FakeInspection().without(Kind.TRUST), Fault.MS801, "nobody"),
        cross(
            "roots refused",
            new FakeInspection()
                .secrets(
                    Kind.TRUST,
                    secret -> nacked(secret, new NackedView("trust-1", "Failed to load CA", NOON))),
            Fault.MS802,
            "Failed to load CA"),
        cross(
            "roots behind",
            new FakeInspection()
                .secrets(
                    Kind.TRUST,
                    secret ->
                        sent(
                            secret,
                            Optional.of(
                                new DeliveredView(
                                    "trust-2", Optional.empty(), NOON.minusSeconds(40))),
                            secret.acked())),
            Fault.MS803,
            "40 s ago"),
        cross(
            "no roots",
            new FakeInspection().mesh(mesh -> trusting(mesh, FakeInspection.bundle("none"))),
            Fault.MS804,
            "no roots"),
        cross(
            "root missing",
            new FakeInspection()
                .mesh(mesh -> trusting(mesh, FakeInspection.bundle("trust-1", "b".repeat(64)))),
            Fault.MS805,
            "no root of backend 'ca-1'"),
        cross(
            "early",
            new FakeInspection().at(NOON.minus(Duration.ofHours(2))).backend(view -> view),
            Fault.MS902,
            "is valid from"));
  }

  @ParameterizedTest
  @MethodSource("faults")
  void findsTheFaultAndSaysItInTheWordsOfWhoeverSaidItFirst(Case one) {
    var explanation = Explanation.of(one.inspection(), WEB, Optional.empty());

    var findings =
        explanation.steps().stream()
            .filter(step -> step.mark() == one.mark())
            .flatMap(step -> step.finding().stream())
            .toList();
    assertThat(findings).extracting(Finding::code).contains(one.fault().name());
    var found =
        findings.stream()
            .filter(finding -> finding.code().equals(one.fault().name()))
            .findFirst()
            .orElseThrow();
    assertThat(found.sentence()).contains(one.words()).doesNotEndWith(".");
    assertThat(found.remedy()).isNotBlank().doesNotEndWith(".");
    assertThat(explanation.good()).isEqualTo(one.mark() == Mark.WARNING);
  }

  @Test
  void pointsToTheProjectedTokenWhereAProxyMayBeAPod() {
    var ended = gone().refused("EXPIRED", "ended yesterday");
    assertThat(remedy(ended)).startsWith("run 'meshseal token generate").doesNotContain("pod");

    assertThat(remedy(ended.onKubernetes()))
        .startsWith("where it is a pod, see that Envoy sends its projected token");
  }

  private static String remedy(FakeInspection inspection) {
    return Explanation.of(inspection, WEB, Optional.empty()).steps().stream()
        .filter(step -> step.mark() == Mark.CROSS)
        .flatMap(step -> step.finding().stream())
        .map(Finding::remedy)
        .findFirst()
        .orElseThrow();
  }

  @Test
  void ticksEveryStepOfAProxyThatHoldsItsCertificate() {
    var explanation = Explanation.of(new FakeInspection(), WEB, Optional.of(NOON.plusSeconds(1)));

    assertThat(explanation.steps())
        .extracting(Step::name)
        .containsExactly(
            "credential",
            "mesh",
            "backend",
            "upstream call",
            "check",
            "sent",
            "ACK",
            "bundle",
            "clock");
    assertThat(explanation.steps()).extracting(Step::mark).containsOnly(Mark.TICK);
    assertThat(explanation.good()).isTrue();
    assertThat(explanation.finding()).isEmpty();
  }

  @Test
  void stopsAtTheFirstCross() {
    var inspection =
        unissued(Optional.of(problem("unavailable", "vault is sealed (503)"))).without(Kind.TRUST);

    var explanation = Explanation.of(inspection, WEB, Optional.empty());

    assertThat(explanation.steps()).hasSize(4);
    assertThat(explanation.steps().getLast().mark()).isEqualTo(Mark.CROSS);
    assertThat(explanation.finding()).map(Finding::code).contains("MS402");
  }

  @Test
  void warnsOfAClockThatIsNotTheServers() {
    var explanation = Explanation.of(new FakeInspection(), WEB, Optional.of(NOON.minusSeconds(90)));

    var clock = explanation.steps().getLast();
    assertThat(clock.mark()).isEqualTo(Mark.WARNING);
    assertThat(clock.finding()).map(Finding::code).contains("MS901");
    assertThat(clock.says()).contains("90 s behind");
  }

  @Test
  void saysByWhichRootTwoProxiesCanTalk() {
    var inspection = new FakeInspection();
    inspection.dataplanes.add(FakeInspection.dataplane("backend-1", "5e9"));

    var pair = PairExplanation.of(inspection, WEB, new DataplaneId("default", "backend-1"));

    assertThat(pair.good()).isTrue();
    assertThat(pair.steps()).hasSize(2);
    assertThat(pair.steps().getFirst().says()).contains("aaaaaaaaaaaaaaaa", "5e9");
  }

  @Test
  void saysThatOneDoesNotTrustTheRootOfTheOther() {
    var inspection = new FakeInspection();
    inspection.mesh(
        mesh ->
            trusting(
                mesh,
                FakeInspection.bundle("trust-2", "b".repeat(64), FakeInspection.ROOT),
                List.of(FakeInspection.bundle("trust-1", "b".repeat(64)))));
    inspection.dataplanes.add(FakeInspection.dataplane("backend-1", "5e9"));

    var pair = PairExplanation.of(inspection, WEB, new DataplaneId("default", "backend-1"));

    assertThat(pair.good()).isFalse();
    assertThat(pair.finding()).map(Finding::code).contains("MS952");
    assertThat(pair.finding().orElseThrow().sentence()).contains("aaaa", "bbbb", "5e9");
  }

  @Test
  void judgesALeafByTheRootThatSignedItThoughItsBackendHasAnotherNow() {
    var inspection = new FakeInspection();
    inspection.mesh(
        mesh ->
            trusting(
                mesh,
                FakeInspection.bundle("trust-1", FakeInspection.ROOT, "b".repeat(64)),
                List.of()));
    inspection.backends.replaceAll(
        view ->
            backend(
                view,
                true,
                List.of(
                    new AuthorityView(
                        Role.ROOT,
                        "b".repeat(64),
                        "CN=default",
                        FakeInspection.NOON,
                        FakeInspection.NOON.plus(Duration.ofDays(365)))),
                Optional.empty(),
                Optional.empty(),
                Optional.empty()));
    inspection.dataplanes.add(FakeInspection.dataplane("backend-1", "5e9"));

    var pair = PairExplanation.of(inspection, WEB, new DataplaneId("default", "backend-1"));

    assertThat(pair.good()).isTrue();
    assertThat(pair.steps().getFirst().says()).contains("by root aaaaaaaaaaaaaaaa");
  }

  @Test
  void saysThatOneOfTheTwoHasNoCertificate() {
    var pair =
        PairExplanation.of(new FakeInspection(), WEB, new DataplaneId("default", "backend-1"));

    assertThat(pair.good()).isFalse();
    assertThat(pair.finding()).map(Finding::code).contains("MS951");
  }

  private static Case cross(String name, FakeInspection seen, Fault fault, String... words) {
    return new Case(name, seen, Mark.CROSS, fault, List.of(words));
  }

  private static Case warning(String name, FakeInspection seen, Fault fault, String... words) {
    return new Case(name, seen, Mark.WARNING, fault, List.of(words));
  }

  private static FakeInspection gone() {
    var inspection = new FakeInspection();
    inspection.dataplanes.clear();
    return inspection;
  }

  private static FakeInspection nothing() {
    var inspection = gone();
    inspection.meshes.clear();
    inspection.backends.clear();
    return inspection;
  }

  private static FakeInspection unissued(Optional<ProblemView> problem) {
    return new FakeInspection()
        .identity(view -> with(view, Optional.empty(), problem))
        .secrets(Kind.IDENTITY, secret -> sent(secret, Optional.empty(), Optional.empty()));
  }

  private static MeshView enabling(
      MeshView mesh, Optional<String> backend, Optional<ProblemView> problem) {
    return new MeshView(
        mesh.name(),
        mesh.trustDomain(),
        backend,
        mesh.mode(),
        mesh.appliedAt(),
        problem,
        mesh.bundle(),
        mesh.earlierBundles());
  }

  private static MeshView never(MeshView mesh, ProblemView problem) {
    return new MeshView(
        mesh.name(),
        mesh.trustDomain(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.of(problem),
        FakeInspection.bundle(""),
        List.of());
  }

  private static MeshView trusting(MeshView mesh, BundleView bundle) {
    return trusting(mesh, bundle, mesh.earlierBundles());
  }

  private static MeshView trusting(MeshView mesh, BundleView bundle, List<BundleView> earlier) {
    return new MeshView(
        mesh.name(),
        mesh.trustDomain(),
        mesh.enabledBackend(),
        mesh.mode(),
        mesh.appliedAt(),
        mesh.problem(),
        bundle,
        earlier);
  }

  private static BackendView ending(BackendView view, Instant end) {
    return backend(
        view,
        true,
        List.of(
            new AuthorityView(
                Role.ROOT,
                FakeInspection.ROOT,
                "CN=default",
                end.minus(Duration.ofDays(365)),
                end)),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  private static BackendView backend(
      BackendView view,
      boolean opened,
      List<AuthorityView> authorities,
      Optional<ProblemView> problem,
      Optional<BreakerView> breaker,
      Optional<CredentialView> credential) {
    return new BackendView(
        view.mesh(),
        view.name(),
        view.type(),
        view.enabled(),
        opened,
        authorities,
        view.leafLifetime(),
        view.lastLifetime(),
        view.lastSuccess(),
        problem,
        breaker,
        view.failingProxies(),
        view.queue(),
        view.pending(),
        view.remaining(),
        credential,
        view.warning());
  }

  private static IdentityView with(IdentityView view, Optional<LeafView> issued) {
    return with(view, issued, Optional.empty());
  }

  private static IdentityView with(
      IdentityView view, Optional<LeafView> issued, Optional<ProblemView> problem) {
    return new IdentityView(
        view.form(), view.uris(), issued, view.previous(), view.underWay(), problem);
  }

  private static LeafView aged(String serial, long seconds) {
    var leaf = FakeInspection.leaf(serial);
    var issued = NOON.minusSeconds(seconds);
    return new LeafView(
        serial,
        "v2",
        issued.minusSeconds(10),
        issued.plus(Duration.ofHours(24)),
        leaf.issuer(),
        leaf.backend(),
        "due",
        issued,
        issued.plus(Duration.ofHours(16)));
  }

  private static LeafView until(LeafView leaf, Instant end) {
    return new LeafView(
        leaf.serial(),
        leaf.version(),
        leaf.notBefore(),
        end,
        leaf.issuer(),
        leaf.backend(),
        leaf.cause(),
        leaf.issuedAt(),
        leaf.renewAt());
  }

  private static StreamView until(StreamView stream, Instant end) {
    return new StreamView(
        stream.service(),
        stream.variant(),
        stream.peer(),
        stream.since(),
        stream.credential(),
        Optional.of(end),
        stream.userAgent(),
        stream.secrets(),
        stream.ignoredTypes());
  }

  private static SecretView sent(
      SecretView secret, Optional<DeliveredView> sent, Optional<DeliveredView> acked) {
    return new SecretView(
        secret.name(),
        secret.kind(),
        sent,
        acked,
        secret.nacked(),
        sent.isEmpty() ? Optional.of("the certificate is being issued") : Optional.empty(),
        Optional.empty());
  }

  private static SecretView nacked(SecretView secret, NackedView nack) {
    return new SecretView(
        secret.name(),
        secret.kind(),
        secret.sent(),
        secret.acked(),
        Optional.of(nack),
        Optional.empty(),
        Optional.empty());
  }

  private static SecretView secret(String name, Kind kind, String refused) {
    return new SecretView(
        name,
        kind,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.of(refused));
  }
}
