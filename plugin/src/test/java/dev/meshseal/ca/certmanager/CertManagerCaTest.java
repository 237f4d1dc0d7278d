package dev.meshseal.ca.certmanager;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.meshseal.ca.BackendRef;
import dev.meshseal.ca.CaException;
import dev.meshseal.ca.CertificateAuthority;
import dev.meshseal.ca.CertificateAuthorityContract;
import dev.meshseal.identity.DataplaneIdentity;
import dev.meshseal.mesh.Backend;
import dev.meshseal.mesh.BackendConf;
import dev.meshseal.mesh.BackendConf.CertManager.IssuerRef;
import dev.meshseal.mesh.DataSource;
import dev.meshseal.mesh.InvalidMeshException;
import dev.meshseal.testing.FakeCertificateRequests;
import dev.meshseal.testing.FakeClock;
import dev.meshseal.testing.FakeSecrets;
import dev.meshseal.testing.Identities;
import dev.meshseal.x509.CryptoProvider;
import dev.meshseal.x509.KeyType;
import dev.meshseal.x509.Pem;
import dev.meshseal.x509.TestCa;
import dev.meshseal.x509.TrustBundle;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CertManagerCaTest {
  private static final BackendRef BACKEND = BackendRef.of("default", "ca-1");
  private static final IssuerRef ISSUER = new IssuerRef("mesh-ca", "Issuer", "cert-manager.io");
  private static final Duration HOUR = Duration.ofHours(1);
  private static final DataplaneIdentity WEB = Identities.kuma(1);

  private final FakeClock clock = FakeClock.atNoon();
  private final TestCa root = TestCa.named("Root").root();
  private final FakeCertificateRequests requests = new FakeCertificateRequests(clock, root);
  private final FakeSecrets secrets = new FakeSecrets();

  @Nested
  class WithARootThatTheIssuerNames extends CertificateAuthorityContract {
    @Override
    protected CertificateAuthority authority() {
      return new Setup(clock, root).open();
    }
  }

  @Nested
  class WithARootThatTheOperatorGave extends CertificateAuthorityContract {
    @Override
    protected CertificateAuthority authority() {
      return new Setup(clock, root).caCert(root.certificatePem()).open();
    }
  }

  @Nested
  class WithAnIntermediateUnderAnRsaRoot extends CertificateAuthorityContract {
    private final TestCa ca =
        TestCa.named("Issuing")
            .pathLength(0)
            .under(TestCa.named("Policy").under(TestCa.named("Root").key("2048").root()));

    @Override
    protected CertificateAuthority authority() {
      return new Setup(clock, ca).open();
    }
  }

  @Nested
  class WithRsaLeaves extends CertificateAuthorityContract {
    @Override
    protected CertificateAuthority authority() {
      return new Setup(clock, root).leafKey(KeyType.RSA_2048).open();
    }
  }

  /** One backend, and how it is written. */
  private static final class Setup {
    private final FakeClock clock;
    private final FakeCertificateRequests requests;
    private IssuerRef issuer = ISSUER;
    private Optional<DataSource> caCert = Optional.empty();
    private Optional<String> commonName = Optional.empty();
    private List<String> dnsNames = List.of();
    private KeyType leafKey = KeyType.EC_P256;

    Setup(FakeClock clock, TestCa ca) {
      this(clock, new FakeCertificateRequests(clock, ca));
    }

    Setup(FakeClock clock, FakeCertificateRequests requests) {
      this.clock = clock;
      this.requests = requests;
    }

    Setup issuer(String name, String kind, String group) {
      issuer = new IssuerRef(name, kind, group);
      return this;
    }

    Setup caCert(String pem) {
      caCert = Optional.of(DataSource.Inline.ofString(pem));
      return this;
    }

    Setup commonName(String template) {
      commonName = Optional.of(template);
      return this;
    }

    Setup dnsNames(String... names) {
      dnsNames = List.of(names);
      return this;
    }

    Setup leafKey(KeyType type) {
      leafKey = type;
      return this;
    }

    CertManagerCa open() {
      return open(new FakeSecrets());
    }

    CertManagerCa open(FakeSecrets secrets) {
      var conf = new BackendConf.CertManager(issuer, caCert, commonName, dnsNames, leafKey);
      var backend =
          new Backend(
              BACKEND.name(),
              Backend.Mode.STRICT,
              HOUR,
              Optional.empty(),
              Backend.DEFAULT_ROOT_CHAIN_TIMEOUT,
              conf);
      return CertManagerCa.open(
          BACKEND, backend, conf, requests, secrets, CryptoProvider.best(), clock);
    }
  }

  private Setup setup() {
    return new Setup(clock, requests);
  }

  private CertManagerCa opened() {
    return setup().open();
  }

  private CertManagerCa given() {
    return setup().caCert(root.certificatePem()).open();
  }

  // ---- what is asked for

  @Test
  void asksForTheUsagesAndTheLifetimeInSoManyWords() {
    given().issue(WEB, HOUR);

    var asked = requests.asked().getFirst();
    assertThat(asked.usages())
        .containsExactly("digital signature", "key encipherment", "server auth", "client auth");
    assertThat(asked.lifetime()).isEqualTo(HOUR);
    assertThat(asked.issuer()).isEqualTo(ISSUER);
    assertThat(asked.backend()).isEqualTo(BACKEND);
    assertThat(asked.identity()).isEqualTo(WEB);
    assertThat(asked.csr()).contains("BEGIN CERTIFICATE REQUEST").doesNotContain("PRIVATE");
  }

  @Test
  void asksAwsPrivateCaForServerAndClientAloneSoThatItTakesTheTemplateForThem() {
    setup()
        .issuer("pca", "AWSPCAClusterIssuer", "awspca.cert-manager.io")
        .caCert(root.certificatePem())
        .open()
        .issue(WEB, HOUR);

    assertThat(requests.asked().getFirst().usages()).containsExactly("server auth", "client auth");
  }

  @Test
  void writesACommonNameFromATagAndTheDnsNames() {
    var ca =
        setup()
            .caCert(root.certificatePem())
            .commonName("{{ tag \"kuma.io/service\" | replace \"-\" \"_\" }}.mesh")
            .dnsNames("web.example.org")
            .open();

    var issued = ca.issue(WEB, HOUR);

    var leaf = Pem.readCertificates(issued.chainPem().getBytes(StandardCharsets.US_ASCII));
    assertThat(leaf.getFirst().getSubjectX500Principal()).hasToString("CN=web_1.mesh");
    assertThat(ca.request(WEB, HOUR).dnsNames()).containsExactly("web.example.org");
    assertThat(ca.request(WEB, HOUR).commonName()).contains("web_1.mesh");
  }

  @Test
  void refusesAProxyThatLacksTheTagOfTheCommonName() {
    var ca = setup().caCert(root.certificatePem()).commonName("{{ tag \"version\" }}.mesh").open();

    assertThatThrownBy(() -> ca.issue(WEB, HOUR))
        .isInstanceOfSatisfying(
            CaException.class,
            refused -> assertThat(refused.kind()).isEqualTo(CaException.Kind.REJECTED))
        .hasMessage(
            "mesh 'default' backend 'ca-1' did not issue for data plane 'default/web-1':"
                + " conf.commonName '{{ tag \"version\" }}.mesh' needs the tag 'version', which its"
                + " identity does not have; tags are in identities of the form 'kuma' only; change"
                + " its tags");
  }

  @Test
  void asksForNoMoreThanTheIssuersHaveLeft() {
    var ending = TestCa.named("Root").notAfter(FakeClock.NOON.plus(Duration.ofMinutes(30))).root();
    requests.ca(ending);
    var ca = opened();

    var issued = ca.issue(WEB, HOUR);

    assertThat(issued.expiresAt()).isBeforeOrEqualTo(FakeClock.NOON.plus(Duration.ofMinutes(30)));
    assertThat(requests.asked()).hasSize(3); // the probe twice, and once for the proxy
  }

  // ---- trust

  @Test
  void asksForNothingBeforeItIssuesWhereTheOperatorGaveTheRoot() {
    var ca = given();

    assertThat(requests.asked()).isEmpty();
    assertThat(ca.trustBundle()).isEqualTo(TrustBundle.of(root.certificate()));
  }

  @Test
  void learnsTheRootByOneRequestWhereTheOperatorGaveNone() {
    var ca = opened();

    assertThat(ca.trustBundle()).isEqualTo(TrustBundle.of(root.certificate()));
    assertThat(requests.asked()).hasSize(1);
    assertThat(requests.asked().getFirst().identity().uris())
        .containsExactly("spiffe://default/meshseal");
  }

  @Test
  void trustsWhatTheOperatorGaveAndNotWhatTheIssuerSays() {
    var ca = given();
    requests.ca(TestCa.named("Other").root());

    assertThatThrownBy(() -> ca.issue(WEB, HOUR))
        .hasMessageContaining("not among the roots of the bundle: [CN=Root]")
        .hasMessageContaining("give conf.caCert the root of this issuer");
    assertThat(ca.trustBundle()).isEqualTo(TrustBundle.of(root.certificate()));
  }

  @Test
  void readsTheRootFromASecret() {
    var source = secrets.put("root", root.certificatePem());
    var conf =
        new BackendConf.CertManager(
            ISSUER, Optional.of(source), Optional.empty(), List.of(), KeyType.EC_P256);

    assertThat(GivenRoots.read(BACKEND, conf, secrets, clock.instant()))
        .contains(TrustBundle.of(root.certificate()));
  }

  @Test
  void refusesACaCertThatIsNoCaWithItsPath() {
    var leaf = TestCa.named("Leaf").withoutCaFlag().root();

    assertThatThrownBy(() -> setup().caCert(root.certificatePem() + leaf.certificatePem()).open())
        .isInstanceOf(InvalidMeshException.class)
        .hasMessageContaining("conf.caCert[1]: 'CN=Leaf' is no CA");
    assertThatThrownBy(() -> setup().caCert("none").open())
        .isInstanceOf(InvalidMeshException.class)
        .hasMessageContaining("conf.caCert: has no PEM certificate");
  }

  @Test
  void takesAnotherRootOfTheIssuerForARotation() {
    var ca = opened();
    var next = TestCa.named("Root 2").root();
    requests.ca(next);

    var issued = ca.issue(WEB, HOUR);

    assertThat(ca.trustBundle()).isEqualTo(TrustBundle.of(next.certificate()));
    assertThat(issued).isNotNull();
  }

  @Test
  void asksAgainWhereTheRootWasReplacedMeanwhile() {
    var ca = opened();
    var next = TestCa.named("Root 2").root();
    var calls = new AtomicInteger();
    requests.behave(
        (request, authority) -> {
          if (calls.incrementAndGet() == 1) {
            requests.behave(requests.honestly());
            requests.ca(next);
            ca.issue(Identities.kuma(2), HOUR); // overtakes this one
          }
          return requests.honestly().answer(request, calls.get() == 1 ? root : next);
        });

    var issued = ca.issue(WEB, HOUR);

    assertThat(ca.trustBundle()).isEqualTo(TrustBundle.of(next.certificate()));
    assertThat(issued.issuer()).isEqualTo(dev.meshseal.x509.Fingerprint.of(next.certificate()));
  }

  @Test
  void trustsBothRootsOfAnIssuerThatGoesBackAndForth() {
    var ca = opened();
    var other = TestCa.named("Root 2").root();
    requests.ca(other);
    ca.issue(WEB, HOUR);

    requests.ca(root);
    ca.issue(WEB, HOUR);
    requests.ca(other);
    ca.issue(WEB, HOUR);

    assertThat(ca.trustBundle().roots())
        .containsExactlyInAnyOrder(root.certificate(), other.certificate());
  }

  @Test
  void doesNotFollowAnIssuerThatNamesAnotherRootEachTime() {
    var ca = opened();

    assertThatThrownBy(
            () -> {
              for (int i = 0; i < 10; i++) {
                requests.ca(TestCa.named("Root " + i).root());
                ca.issue(WEB, HOUR);
              }
            })
        .hasMessage(
            "mesh 'default' backend 'ca-1' did not issue for data plane 'default/web-1': Issuer"
                + " 'mesh-ca' in namespace 'mesh-ns' names another root with nearly every"
                + " certificate; give the root that is right as conf.caCert");
  }

  @Test
  void leavesTrustAsItIsWhereTheCertificateDoesNotLeadToTheRootThatIsNamed() {
    var ca = opened();
    var other = TestCa.named("Other").root();
    requests.behave(
        (request, authority) ->
            FakeCertificateRequests.issued(
                requests.leaf(request, authority).pem(), other.certificatePem()));

    assertThatThrownBy(() -> ca.issue(WEB, HOUR)).hasMessageContaining("not among the roots");
    assertThat(ca.trustBundle()).isEqualTo(TrustBundle.of(root.certificate()));
  }

  @Test
  void goesOnWithTheRootItKnowsWhereTheIssuerNamesNoneLater() {
    var ca = opened();
    requests.behave(
        (request, authority) ->
            FakeCertificateRequests.issued(requests.leaf(request, authority).pem(), ""));

    assertThat(ca.issue(WEB, HOUR)).isNotNull();
  }

  @Test
  void asksForACaCertWhereTheIssuerNeverNamesItsRoot() {
    requests.behave(
        (request, authority) ->
            FakeCertificateRequests.issued(requests.leaf(request, authority).pem(), ""));

    assertThatThrownBy(this::opened)
        .hasMessage(
            "mesh 'default' backend 'ca-1' did not learn its root by a certificate for"
                + " 'spiffe://default/meshseal', which conf.caCert would spare: Issuer 'mesh-ca' in"
                + " namespace 'mesh-ns' does not say which root it has (status.ca is empty); give"
                + " its root as conf.caCert");
    assertThat(given().issue(WEB, HOUR)).isNotNull();
  }

  @Test
  void leavesOutARootThatTheIssuerServes() {
    requests.behave(
        (request, authority) ->
            FakeCertificateRequests.issued(
                requests.leaf(request, authority).pem() + root.certificatePem(),
                root.certificatePem()));

    var issued = opened().issue(WEB, HOUR);

    assertThat(Pem.readCertificates(issued.chainPem().getBytes(StandardCharsets.US_ASCII)))
        .hasSize(1);
  }

  // ---- what the issuer is

  record Refused(String name, IssuerState state, CaException.Kind kind, String message) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Refused> refusedIssuers() {
    return Stream.of(
        new Refused(
            "SelfSigned",
            new IssuerState.Ready(Optional.of("selfSigned")),
            CaException.Kind.REJECTED,
            "Issuer 'mesh-ca' in namespace 'mesh-ns' is of type SelfSigned, which makes every proxy"
                + " an authority of its own that no other trusts; make a Certificate with isCA:"
                + " true from it, and a CA issuer on the Secret of that"),
        new Refused(
            "ACME, not even Ready",
            new IssuerState.NotReady(Optional.of("acme"), "ErrRegisterACMEAccount", "no"),
            CaException.Kind.REJECTED,
            "Issuer 'mesh-ca' in namespace 'mesh-ns' is of type ACME, which issues for DNS names"
                + " only and never for a SPIFFE ID; use an issuer of type CA, Vault or Venafi, or"
                + " one of another group"),
        new Refused(
            "not Ready",
            new IssuerState.NotReady(Optional.of("vault"), "VaultError", "Vault is sealed"),
            CaException.Kind.UNAVAILABLE,
            "waits until Issuer 'mesh-ca' in namespace 'mesh-ns' is Ready; it is not: VaultError:"
                + " Vault is sealed"),
        new Refused(
            "of the other kind",
            new IssuerState.Absent(
                Optional.of(new IssuerRef("mesh-ca", "ClusterIssuer", "cert-manager.io"))),
            CaException.Kind.UNAVAILABLE,
            "there is no Issuer 'mesh-ca' in namespace 'mesh-ns', but there is a ClusterIssuer"
                + " 'mesh-ca'; set conf.issuerRef.kind to ClusterIssuer"),
        new Refused(
            "absent",
            new IssuerState.Absent(Optional.empty()),
            CaException.Kind.UNAVAILABLE,
            "there is no Issuer 'mesh-ca' in namespace 'mesh-ns'; create it there, where our"
                + " requests are, not beside the workloads, or correct conf.issuerRef"),
        new Refused(
            "cert-manager not installed",
            new IssuerState.NoSuchKind("the API server has no issuers"),
            CaException.Kind.UNAVAILABLE,
            "cert-manager is not installed: the API server has no issuers"),
        new Refused(
            "unreadable",
            new IssuerState.Unavailable("the API server did not answer"),
            CaException.Kind.UNAVAILABLE,
            "Issuer 'mesh-ca' in namespace 'mesh-ns' could not be read: the API server did not"
                + " answer"));
  }

  @ParameterizedTest
  @MethodSource("refusedIssuers")
  void asksNothingOfAnIssuerThatCannotServeAMesh(Refused bad) {
    requests.state(bad.state());

    assertThatThrownBy(this::opened)
        .isInstanceOfSatisfying(
            CaException.class, refused -> assertThat(refused.kind()).isEqualTo(bad.kind()))
        .hasMessage("mesh 'default' backend 'ca-1': " + bad.message());
    assertThat(requests.asked()).isEmpty();
  }

  @Test
  void namesAKindThatNobodyServes() {
    requests.state(new IssuerState.NoSuchKind("the API server has no such group"));

    assertThatThrownBy(() -> setup().issuer("step", "StepIssuer", "certmanager.step.sm").open())
        .hasMessage(
            "mesh 'default' backend 'ca-1': nobody serves issuers of kind 'StepIssuer' in group"
                + " 'certmanager.step.sm': the API server has no such group; install that issuer,"
                + " or correct conf.issuerRef");
  }

  @Test
  void asksAnIssuerThatItMayNotReadAndLetsTheAnswerTell() {
    requests.state(new IssuerState.Forbidden("lacks the right"));

    assertThat(opened().issue(WEB, HOUR)).isNotNull();
  }

  @Test
  void isOpenWithoutItsIssuerWhereItsRootIsGivenAndSaysWhatItWaitsFor() {
    var requests = new FakeCertificateRequests(clock, root);
    requests.state(new IssuerState.NotReady(Optional.of("vault"), "VaultError", "sealed"));

    var ca = new Setup(clock, requests).caCert(FakeCertificateRequests.root(root)).open();

    assertThat(ca.trustBundle().isEmpty()).isFalse();
    assertThat(ca.waitsFor().orElseThrow()).contains("is Ready; it is not: VaultError: sealed");
    assertThat(ca.warning(HOUR)).isEqualTo(ca.waitsFor());
    requests.state(new IssuerState.Ready(Optional.of("vault")));
    assertThat(ca.waitsFor()).isEmpty();
  }

  @Test
  void isNotOpenedWithAnIssuerThatNeverCanServeThoughItsRootIsGiven() {
    var requests = new FakeCertificateRequests(clock, root);
    requests.state(new IssuerState.Ready(Optional.of("selfSigned")));
    var setup = new Setup(clock, requests).caCert(FakeCertificateRequests.root(root));

    assertThatThrownBy(setup::open).hasMessageContaining("is of type SelfSigned");
  }

  @Test
  void showsTheIntermediatesOfTheLastCertificateUntilTheyEnd() {
    var chained = TestCa.named("Issuing").under(TestCa.named("Root").root());
    var ca = new Setup(clock, chained).open();
    ca.issue(WEB, HOUR);
    var shown = ca.intermediates();

    clock.advance(Duration.ofDays(36_500));

    assertThat(shown).containsExactly(chained.certificate());
    assertThat(ca.intermediates()).isEmpty();
  }

  @Test
  void makesNoRequestForWhichNobodyWaitsAnyMore() {
    var requests = new FakeCertificateRequests(clock, root);
    var ca = new Setup(clock, requests).caCert(FakeCertificateRequests.root(root)).open();

    assertThatThrownBy(() -> ca.issue(WEB, HOUR, () -> false))
        .hasMessageContaining("nobody waits for it any more");
    assertThat(requests.asked()).isEmpty();
  }

  @Test
  void asksNothingWhileTheIssuerIsNotReadyAndGoesOnWhenItIs() {
    var ca = opened();
    requests.state(new IssuerState.NotReady(Optional.of("ca"), "ErrGetKeyPair", "no Secret"));

    assertThatThrownBy(() -> ca.issue(WEB, HOUR)).hasMessageContaining("waits until Issuer");
    requests.state(new IssuerState.Ready(Optional.of("ca")));

    assertThat(ca.issue(WEB, HOUR)).isNotNull();
    assertThat(requests.asked()).hasSize(2);
  }

  // ---- how requests end

  record Ended(String name, Outcome outcome, CaException.Kind kind, String message) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Ended> ends() {
    return Stream.of(
        new Ended(
            "denied",
            new Outcome.Denied("r-1", "policy.cert-manager.io", "No policy approved this request"),
            CaException.Kind.REJECTED,
            "its request was denied: policy.cert-manager.io: No policy approved this request;"
                + " that is final: have the approver's policy allow the URIs"
                + " [spiffe://default/web-1, kuma://kuma.io/service/web-1], the usages [digital"
                + " signature, key encipherment, server auth, client auth] and this duration"),
        new Ended(
            "invalid",
            new Outcome.Invalid("r-1", "InvalidKey", "RSA only"),
            CaException.Kind.REJECTED,
            "its request is invalid to cert-manager: InvalidKey: RSA only; change"
                + " conf.commonName, conf.dnsNames or conf.leafKey to what the issuer takes"),
        new Ended(
            "failed: Vault refuses the URI",
            new Outcome.Failed(
                "r-1",
                "Failed",
                "Vault failed to sign certificate: 400: URI Subject Alternative Name were provided"
                    + " via CSR which are not valid for this role"),
            CaException.Kind.UNAVAILABLE,
            "Issuer 'mesh-ca' in namespace 'mesh-ns' failed: Failed: Vault failed to sign"
                + " certificate: 400: URI Subject Alternative Name were provided via CSR which are"
                + " not valid for this role; let the Vault role's allowed_uri_sans have"
                + " [spiffe://default/web-1, kuma://kuma.io/service/web-1]"),
        new Ended(
            "failed: Vault's policy",
            new Outcome.Failed("r-1", "Failed", "Code: 403. Errors: * permission denied"),
            CaException.Kind.UNAVAILABLE,
            "Issuer 'mesh-ca' in namespace 'mesh-ns' failed: Failed: Code: 403. Errors: *"
                + " permission denied; grant 'update' on the issuer's path to its Vault token; that"
                + " the issuer is Ready tells of its login only"),
        new Ended(
            "failed otherwise",
            new Outcome.Failed("r-1", "Failed", "boom"),
            CaException.Kind.UNAVAILABLE,
            "Issuer 'mesh-ca' in namespace 'mesh-ns' failed: Failed: boom; mend that at the issuer;"
                + " the next try follows by itself"),
        new Ended(
            "nobody approves",
            late(new Outcome.Standing.NotApproved()),
            CaException.Kind.UNAVAILABLE,
            "its request has waited 60 s: nobody has approved it; let cert-manager approve"
                + " 'issuers.cert-manager.io/*' (its value approveSignerNames, or the verb approve"
                + " on signers), or have a CertificateRequestPolicy fit it and bind the verb use to"
                + " our account"),
        new Ended(
            "nobody acts",
            late(new Outcome.Standing.Untouched()),
            CaException.Kind.UNAVAILABLE,
            "its request has waited 60 s: it is approved, but no controller acts on it; see"
                + " that cert-manager's controller runs"),
        new Ended(
            "pending",
            late(new Outcome.Standing.Pending("Pending", "Vault is sealed")),
            CaException.Kind.UNAVAILABLE,
            "its request has waited 60 s: Issuer 'mesh-ca' in namespace 'mesh-ns' keeps it"
                + " pending: Pending: Vault is sealed; unseal Vault; the next try follows by"
                + " itself"),
        new Ended(
            "ready without a certificate",
            late(new Outcome.Standing.ReadyWithoutCertificate()),
            CaException.Kind.UNAVAILABLE,
            "its request has waited 60 s: Issuer 'mesh-ca' in namespace 'mesh-ns' says that"
                + " it is ready, but gave no certificate; look at the log of its controller"),
        new Ended(
            "deleted by somebody",
            late(new Outcome.Standing.Gone()),
            CaException.Kind.UNAVAILABLE,
            "its request has waited 60 s: somebody deleted it; see who else deletes"
                + " certificaterequests in namespace 'mesh-ns'"),
        new Ended(
            "not created",
            new Outcome.NotCreated(CaException.Kind.REJECTED, "the API server refused"),
            CaException.Kind.REJECTED,
            "the API server refused"));
  }

  private static Outcome late(Outcome.Standing standing) {
    return new Outcome.TimedOut("r-1", Duration.ofSeconds(60), standing);
  }

  @ParameterizedTest
  @MethodSource("ends")
  void saysWhyThereIsNoCertificateAndWhatToDo(Ended bad) {
    var ca = given();
    requests.end(bad.outcome());

    assertThatThrownBy(() -> ca.issue(WEB, HOUR))
        .isInstanceOfSatisfying(
            CaException.class, refused -> assertThat(refused.kind()).isEqualTo(bad.kind()))
        .hasMessage(
            "mesh 'default' backend 'ca-1' did not issue for data plane 'default/web-1': "
                + bad.message());
  }

  @Test
  void namesTheGroupThatNobodyServesOnceARequestIsApproved() {
    var ca =
        setup()
            .issuer("step", "StepIssuer", "certmanager.step.sm")
            .caCert(root.certificatePem())
            .open();
    requests.end(late(new Outcome.Standing.Untouched()));

    assertThatThrownBy(() -> ca.issue(WEB, HOUR))
        .hasMessageEndingWith(
            "nobody serves the group 'certmanager.step.sm'; see that the controller of StepIssuer"
                + " 'step' of group 'certmanager.step.sm' runs");
  }

  // ---- what comes back

  record Answered(String name, FakeCertificateRequests.Behaviour behaviour, String message) {
    @Override
    public String toString() {
      return name;
    }
  }

  private Answered answered(
      String name, java.util.function.Function<CertificateRequest, String> pem, String message) {
    return new Answered(
        name,
        (request, authority) ->
            FakeCertificateRequests.issued(pem.apply(request), root.certificatePem()),
        message);
  }

  @Test
  void refusesEveryAnswerThatNoProxyMayBeGivenAndSaysWhatToMend() {
    var foreign = TestCa.named("Root").root();
    var noon = FakeClock.NOON;
    var answers =
        List.of(
            answered(
                "garbage",
                request -> "not a certificate",
                "answered with what is no certificate: it has no PEM certificate; it starts with"
                    + " -----BEGIN CERTIFICATE; look at the log of its controller"),
            answered(
                "another key",
                request ->
                    requests.leaf(request, root).key(TestCa.key("secp256r1").getPublic()).pem(),
                "answered with a certificate for another key than the one asked for; have it sign"
                    + " the key of the request"),
            answered(
                "the CA itself",
                request -> root.certificatePem(),
                "answered with a certificate for another key than the one asked for"),
            answered(
                "other names",
                request -> requests.leaf(request, root).uris(List.of("spiffe://default/db")).pem(),
                "its names are [URI:spiffe://default/db], asked were"),
            answered(
                "other names, remedy",
                request -> requests.leaf(request, root).uris(List.of("spiffe://default/db")).pem(),
                "; have it copy the URIs of the request as they are"),
            answered(
                "a CA certificate",
                request -> requests.leaf(request, root).ca().pem(),
                "it is a CA, asked was a leaf; it must issue leaves to proxies, never a CA"),
            answered(
                "expired",
                request ->
                    requests
                        .leaf(request, root)
                        .notBefore(noon.minusSeconds(600))
                        .notAfter(noon.minusSeconds(60))
                        .pem(),
                "it ended at 2026-11-24T11:59:00Z, and it is 2026-11-24T12:00:00Z now; compare its"
                    + " clock with ours"),
            answered(
                "too long",
                request -> requests.leaf(request, root).notAfter(noon.plusSeconds(36_000)).pem(),
                "it ends at 2026-11-24T22:00:00Z, asked was 2026-11-24T13:00:00Z; have it keep to"
                    + " the duration of the request"),
            answered(
                "for clients alone",
                request -> requests.leaf(request, root).forClientsAlone().pem(),
                "; have it issue for server auth and client auth"),
            answered(
                "a subject nobody asked for",
                request -> requests.leaf(request, root).subject("CN=web").pem(),
                "its subject is 'CN=web', asked was ''; have it copy the subject of the request"),
            answered(
                "a foreign root of the same name",
                request -> requests.leaf(request, foreign).pem(),
                "its signature is not that of its issuer 'CN=Root'; give conf.caCert the root of"
                    + " this issuer"));
    var ca = given();

    for (var bad : answers) {
      requests.behave(bad.behaviour());

      assertThatThrownBy(() -> ca.issue(WEB, HOUR))
          .as(bad.name())
          .isInstanceOfSatisfying(
              CaException.class,
              refused -> assertThat(refused.kind()).isEqualTo(CaException.Kind.REJECTED))
          .hasMessageStartingWith(
              "mesh 'default' backend 'ca-1' did not issue for data plane 'default/web-1': Issuer"
                  + " 'mesh-ca' in namespace 'mesh-ns' answered with")
          .hasMessageContaining(bad.message());
    }
  }

  @Test
  void printsNothingOfItsRequests() {
    assertThat(opened().toString())
        .isEqualTo(
            "authority of mesh 'default' backend 'ca-1' at Issuer 'mesh-ca' in namespace"
                + " 'mesh-ns'");
  }
}
