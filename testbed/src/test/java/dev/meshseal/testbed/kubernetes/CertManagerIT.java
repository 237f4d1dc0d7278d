package dev.meshseal.testbed.kubernetes;

import static dev.meshseal.testbed.kubernetes.Operator.HOUR;
import static dev.meshseal.testbed.kubernetes.Operator.clusterIssuer;
import static dev.meshseal.testbed.kubernetes.Operator.issuer;
import static dev.meshseal.testbed.kubernetes.Operator.proxy;
import static dev.meshseal.testbed.kubernetes.Operator.testIssuer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.meshseal.ca.CaException;
import dev.meshseal.ca.certmanager.CertManagerCa;
import dev.meshseal.mesh.BackendConf.CertManager.IssuerRef;
import dev.meshseal.testbed.kubernetes.TestIssuer.Behaviour;
import dev.meshseal.x509.CertificateCheck;
import dev.meshseal.x509.CryptoProvider;
import dev.meshseal.x509.IdentityCertificate;
import dev.meshseal.x509.Pem;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The certmanager backend on a real API server, with cert-manager's real controllers. */
class CertManagerIT {
  private static final TestCluster CLUSTER = TestCluster.shared();
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Duration SHORT = Duration.ofSeconds(5);

  @TempDir Path folder;

  private final List<Operator> operators = new ArrayList<>();

  @BeforeAll
  static void certManagerAndTheExternalIssuerRun() {
    TestIssuer.shared();
  }

  private Operator operator() {
    var operator = Operator.in(CLUSTER, CLUSTER.namespace("operator"), folder);
    operators.add(operator);
    return operator;
  }

  @AfterEach
  void everyRequestIsDeletedWhateverItsEnd() {
    for (var operator : operators) {
      await("the requests in " + operator.namespace() + " to be deleted")
          .atMost(PATIENCE)
          .pollInterval(Duration.ofMillis(50))
          .untilAsserted(() -> assertThat(operator.requestNames()).isEmpty());
      operator.close();
    }
  }

  private static void accepts(CertManagerCa ca, IdentityCertificate issued, int number) {
    new CertificateCheck(CryptoProvider.best())
        .requireLeafFor(ca.request(proxy(number), HOUR), issued, ca.trustBundle(), Instant.now());
  }

  private static int chainLength(IdentityCertificate issued) {
    return Pem.readCertificates(issued.chainPem().getBytes(StandardCharsets.US_ASCII)).size();
  }

  // ---- issuers that serve a mesh

  @Test
  void issuesFromACaIssuer() {
    var operator = operator();
    new CaIssuers(CLUSTER).make(operator.namespace(), "mesh");
    var ca = operator.open(issuer("mesh"));

    var issued = ca.issue(proxy(1), HOUR);

    accepts(ca, issued, 1);
    assertThat(chainLength(issued)).isEqualTo(1);
    assertThat(issued.expiresAt())
        .isBetween(Instant.now().plusSeconds(3_500), Instant.now().plusSeconds(3_601));
  }

  @Test
  void issuesFromAClusterIssuer() {
    var operator = operator();
    var name = "everywhere-" + operator.namespace();
    new CaIssuers(CLUSTER).makeClusterWide(name);
    var ca = operator.open(clusterIssuer(name));

    accepts(ca, ca.issue(proxy(1), HOUR), 1);
  }

  @Test
  void servesTheIntermediateWithTheLeafAndTrustsTheRoot() {
    var operator = operator();
    new CaIssuers(CLUSTER).makeIntermediate(operator.namespace(), "mesh");
    var ca = operator.open(issuer("mesh"));

    var issued = ca.issue(proxy(1), HOUR);

    accepts(ca, issued, 1);
    assertThat(chainLength(issued)).isEqualTo(2);
    var root = ca.trustBundle().roots().getFirst();
    assertThat(root.getSubjectX500Principal()).isEqualTo(root.getIssuerX500Principal());
  }

  @Test
  void issuesFromAVaultIssuerOnOpenBao() {
    var operator = operator();
    var mount = "pki-" + operator.namespace();
    var root = OpenBao.shared().enablePki(mount);
    OpenBao.shared().makeIssuer(CLUSTER, operator.namespace(), "vault", mount);
    var ca = operator.openWithRoot(issuer("vault"), root, PATIENCE);

    accepts(ca, ca.issue(proxy(1), HOUR), 1);
  }

  @Test
  void issuesFromAnExternalIssuerWithAnIntermediate() {
    var operator = operator();
    TestIssuer.shared().make(operator.namespace(), "mesh", "intermediate: true");
    var ca = operator.open(testIssuer("mesh"));

    accepts(ca, ca.issue(proxy(1), HOUR), 1);
  }

  @Test
  void marksEachRequestWithWhoItIsFor() {
    var operator = operator();
    TestIssuer.shared().make(operator.namespace(), "mesh", Behaviour.STALL);
    var ca = given(operator, testIssuer("mesh"), Duration.ofSeconds(6));

    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var issuing = threads.submit(() -> ca.issue(proxy(7), HOUR));
      await().atMost(PATIENCE).until(() -> operator.requestNames().size() == 1);
      var request =
          CLUSTER
              .api()
              .get(
                  "/apis/cert-manager.io/v1/namespaces/%s/certificaterequests/%s"
                      .formatted(operator.namespace(), operator.requestNames().getFirst()))
              .require()
              .json();

      assertThat(request.path("metadata").path("name").asString()).startsWith("default-web-7-");
      assertThat(request.path("metadata").path("labels").toString())
          .contains(
              "\"app.kubernetes.io/managed-by\":\"meshseal\"",
              "\"meshseal.dev/mesh\":\"default\"",
              "\"meshseal.dev/backend\":\"ca-1\"",
              "\"meshseal.dev/dataplane\":\"web-7\"",
              "\"meshseal.dev/instance\":\"replica-of-" + operator.namespace());
      assertThat(request.path("metadata").path("annotations").toString())
          .contains("\"meshseal.dev/spiffe-id\":\"spiffe://default/web-7\"");
      assertThat(request.path("spec").path("duration").asString()).isEqualTo("3600s");
      assertThat(request.path("spec").path("usages").toString())
          .isEqualTo(
              "[\"digital signature\",\"key encipherment\",\"server auth\",\"client auth\"]");
      assertThat(request.path("spec").path("username").asString(operator.user()))
          .isEqualTo(operator.user());
      assertThat(issuing.isDone()).isFalse();
    }
  }

  /** An authority of which the root is given, so that nothing is asked when it is opened. */
  private static CertManagerCa given(Operator operator, IssuerRef issuer, Duration timeout) {
    return operator.openWithRoot(issuer, ROOT, timeout);
  }

  private static final String ROOT = dev.meshseal.x509.TestCa.named("Given").root().chainPem();

  // ---- answers that no proxy may be given

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          ANOTHER_KEY    | answered with a certificate for another key than the one asked for; have it sign the key of the request
          OTHER_NAMES    | have it copy the URIs of the request as they are
          CA_CERTIFICATE | it must issue leaves to proxies, never a CA
          EXPIRED        | and it is
          TOO_LONG       | have it keep to the duration of the request
          CLIENT_ONLY    | have it issue for server auth and client auth
          FOREIGN_ROOT   | give conf.caCert the root of this issuer
          GARBAGE        | answered with what is no certificate
          NO_CA          | does not say which root it has (status.ca is empty); give its root as conf.caCert
          """)
  void refusesWhatAnIssuerShouldNotHaveAnswered(Behaviour behaviour, String sentence) {
    var operator = operator();
    TestIssuer.shared().make(operator.namespace(), "mesh", behaviour);

    assertThatThrownBy(() -> operator.open(testIssuer("mesh")))
        .isInstanceOfSatisfying(
            CaException.class,
            refused -> assertThat(refused.kind()).isEqualTo(CaException.Kind.REJECTED))
        .hasMessageContaining("mesh 'default' backend 'ca-1'")
        .hasMessageContaining(sentence);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          FAIL            | UNAVAILABLE | TestIssuer 'mesh' of group 'testbed.meshseal.dev' failed: Failed: the authority refused, as it was told to; mend that at the issuer
          INVALID_REQUEST | REJECTED    | is invalid to cert-manager
          PENDING         | UNAVAILABLE | keeps it pending: Pending: the authority refused, as it was told to
          STALL           | UNAVAILABLE | it is approved, but nobody serves the group 'testbed.meshseal.dev'
          EMPTY           | UNAVAILABLE | says that it is ready, but gave no certificate
          """)
  void endsWithinItsTimeWhereAnIssuerDoesNotAnswer(
      Behaviour behaviour, CaException.Kind kind, String sentence) {
    var operator = operator();
    TestIssuer.shared().make(operator.namespace(), "mesh", behaviour);
    var begun = Instant.now();

    assertThatThrownBy(() -> operator.open(testIssuer("mesh"), SHORT))
        .isInstanceOfSatisfying(
            CaException.class, refused -> assertThat(refused.kind()).isEqualTo(kind))
        .hasMessageContaining(sentence);
    assertThat(Duration.between(begun, Instant.now())).isLessThan(Duration.ofSeconds(25));
  }

  @Test
  void passesOnWhatVaultRefusesAndWhatToChange() {
    var operator = operator();
    var mount = "pki-" + operator.namespace();
    var root = OpenBao.shared().enablePki(mount);
    OpenBao.shared()
        .call(
            "POST",
            mount + "/roles/" + OpenBao.ROLE,
            "{\"allow_any_name\": false, \"require_cn\": false, \"allowed_uri_sans\":"
                + " [\"spiffe://other/*\"], \"key_type\": \"any\"}")
        .require();
    OpenBao.shared().makeIssuer(CLUSTER, operator.namespace(), "vault", mount);
    var ca = operator.openWithRoot(issuer("vault"), root, PATIENCE);

    assertThatThrownBy(() -> ca.issue(proxy(1), HOUR))
        .hasMessageContaining(
            "Issuer 'vault' in namespace '%s' failed".formatted(operator.namespace()))
        .hasMessageContaining("not valid for this role")
        .hasMessageContaining(
            "let the Vault role's allowed_uri_sans have [spiffe://default/web-1,"
                + " kuma://kuma.io/service/web-1]");
  }

  // ---- issuers that are not asked

  @Test
  void refusesASelfSignedIssuer() {
    var operator = operator();
    makeIssuer(operator, "self", "selfSigned: {}");

    assertThatThrownBy(() -> operator.open(issuer("self")))
        .hasMessageContaining(
            "Issuer 'self' in namespace '%s' is of type SelfSigned".formatted(operator.namespace()))
        .hasMessageContaining("make a Certificate with isCA: true from it");
  }

  @Test
  void refusesAnAcmeIssuer() {
    var operator = operator();
    makeIssuer(
        operator,
        "letsencrypt",
        "acme: {server: 'https://127.0.0.1:1/directory', privateKeySecretRef: {name: account}}");

    assertThatThrownBy(() -> operator.open(issuer("letsencrypt")))
        .hasMessageContaining("is of type ACME, which issues for DNS names only");
  }

  private static void makeIssuer(Operator operator, String name, String spec) {
    CLUSTER.apply(
        """
        apiVersion: cert-manager.io/v1
        kind: Issuer
        metadata: {name: %s, namespace: %s}
        spec: {%s}
        """
            .formatted(name, operator.namespace(), spec));
  }

  @Test
  void saysThatTheNameIsThatOfAClusterIssuer() {
    var operator = operator();
    var name = "everywhere-" + operator.namespace();
    new CaIssuers(CLUSTER).makeClusterWide(name);

    assertThatThrownBy(() -> operator.open(issuer(name)))
        .hasMessage(
            "mesh 'default' backend 'ca-1': there is no Issuer '%1$s' in namespace '%2$s', but there is a ClusterIssuer '%1$s'; set conf.issuerRef.kind to ClusterIssuer"
                .formatted(name, operator.namespace()));
  }

  @Test
  void saysThatTheNameIsThatOfAnIssuer() {
    var operator = operator();
    new CaIssuers(CLUSTER).make(operator.namespace(), "mesh");

    assertThatThrownBy(() -> operator.open(clusterIssuer("mesh")))
        .hasMessageContaining(
            "there is no ClusterIssuer 'mesh', but there is a Issuer 'mesh' in namespace");
  }

  @Test
  void saysThatThereIsNoSuchIssuerAndOpensWhenThereIs() {
    var operator = operator();
    var rung = new ConcurrentLinkedQueue<String>();
    operator.requests().onIssuerChange(rung::add);
    assertThatThrownBy(() -> operator.open(issuer("mesh")))
        .hasMessageContaining(
            "there is no Issuer 'mesh' in namespace '%s'; create it there"
                .formatted(operator.namespace()));

    new CaIssuers(CLUSTER).make(operator.namespace(), "mesh");

    await().atMost(PATIENCE).until(() -> rung.contains("default"));
    await()
        .atMost(PATIENCE)
        .ignoreExceptionsInstanceOf(CaException.class)
        .until(() -> !operator.open(issuer("mesh")).trustBundle().isEmpty());
  }

  @Test
  void waitsForAnIssuerThatIsNotReadyAndHearsWhenItIs() {
    var operator = operator();
    TestIssuer.shared().make(operator.namespace(), "mesh", "ready: false");
    var rung = new ConcurrentLinkedQueue<String>();
    operator.requests().onIssuerChange(rung::add);
    assertThatThrownBy(() -> operator.open(testIssuer("mesh")))
        .hasMessageContaining(
            "waits until TestIssuer 'mesh' of group 'testbed.meshseal.dev' is Ready; it is not:");
    assertThat(operator.requestNames()).isEmpty();

    TestIssuer.shared().make(operator.namespace(), "mesh", "ready: true");

    await().atMost(PATIENCE).until(() -> rung.contains("default"));
    var ca = operator.open(testIssuer("mesh"));
    accepts(ca, ca.issue(proxy(1), HOUR), 1);
  }

  @Test
  void watchesAnIssuerAsLongAsAMeshUsesIt() {
    var operator = operator();
    new CaIssuers(CLUSTER).make(operator.namespace(), "mesh");
    operator.open(issuer("mesh"));
    var ca = operator.open("other", issuer("mesh"), Optional.empty(), PATIENCE);

    operator.requests().keepOnly("default", Set.of());
    assertThat(ca.issue(proxy("other", 1), HOUR)).isNotNull();
    assertThat(endedWatches(operator, "issuers")).isEmpty();
    operator.requests().keepOnly("other", Set.of(issuer("another")));

    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(endedWatches(operator, "issuers")).hasSize(1));
    assertThat(ca.issue(proxy("other", 2), HOUR)).isNotNull();
  }

  private static List<TestCluster.AuditedCall> endedWatches(Operator operator, String resource) {
    return CLUSTER.auditedCalls(
        operator.user(),
        call ->
            call.verb().equals("watch")
                && call.resource().equals(resource)
                && call.stage().equals("ResponseComplete"));
  }

  @Test
  void namesAGroupThatNobodyHasInstalled() {
    var operator = operator();

    assertThatThrownBy(
            () -> operator.open(new IssuerRef("step", "StepIssuer", "certmanager.step.sm")))
        .hasMessageContaining(
            "nobody serves issuers of kind 'StepIssuer' in group 'certmanager.step.sm'");
  }

  // ---- approval

  @Test
  void saysThatNobodyApproves() {
    var operator = operator();
    unattendedIssuer(operator);
    var ca = given(operator, UNATTENDED, SHORT);

    assertThatThrownBy(() -> ca.issue(proxy(1), HOUR))
        .hasMessageMatching("(?s).* has waited \\d+ s: nobody has approved it.*")
        .hasMessageContaining("'unattendedissuers.testing.example.org/*'");
  }

  @Test
  void passesOnWhyARequestIsDenied() {
    var operator = operator();
    unattendedIssuer(operator);
    var ca = given(operator, UNATTENDED, PATIENCE);

    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var issuing = threads.submit(() -> assertThatThrownBy(() -> ca.issue(proxy(1), HOUR)));
      await().atMost(PATIENCE).until(() -> operator.requestNames().size() == 1);
      CLUSTER
          .api()
          .patch(
              "/apis/cert-manager.io/v1/namespaces/%s/certificaterequests/%s/status"
                  .formatted(operator.namespace(), operator.requestNames().getFirst()),
              """
              {"status": {"conditions": [{"type": "Denied", "status": "True",
                "reason": "policy.cert-manager.io", "message": "No policy approved this request",
                "lastTransitionTime": "2026-11-24T12:00:00Z"}]}}
              """)
          .require();

      assertThat(issuing)
          .succeedsWithin(PATIENCE)
          .satisfies(
              thrown ->
                  thrown.hasMessageContaining(
                      "was denied: policy.cert-manager.io: No policy approved this request; that is"
                          + " final"));
    }
  }

  private static final IssuerRef UNATTENDED =
      new IssuerRef("nobody", "UnattendedIssuer", "testing.example.org");

  /** A kind of issuer that has a CRD and no controller, and that we may not read. */
  private static void unattendedIssuer(Operator operator) {
    CLUSTER.apply(
        """
        apiVersion: apiextensions.k8s.io/v1
        kind: CustomResourceDefinition
        metadata: {name: unattendedissuers.testing.example.org}
        spec:
          group: testing.example.org
          scope: Namespaced
          names: {kind: UnattendedIssuer, plural: unattendedissuers, singular: unattendedissuer}
          versions:
            - name: v1
              served: true
              storage: true
              schema: {openAPIV3Schema: {type: object}}
        """);
    Conditions.await(
        CLUSTER.api(),
        "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/unattendedissuers.testing.example.org",
        "Established",
        "True");
    CLUSTER.apply(
        """
        apiVersion: testing.example.org/v1
        kind: UnattendedIssuer
        metadata: {name: nobody, namespace: %s}
        """
            .formatted(operator.namespace()));
  }

  // ---- rights

  @ParameterizedTest
  @CsvSource({"create", "list", "watch"})
  void namesTheRightThatItLacks(String verb) {
    var namespace = CLUSTER.namespace("rights");
    new CaIssuers(CLUSTER).make(namespace, "mesh");
    var rules = List.of(Operator.RULES.getFirst().without(verb), Operator.RULES.getLast());
    try (var operator = Operator.in(CLUSTER, namespace, folder, rules)) {
      assertThatThrownBy(() -> operator.open(issuer("mesh")))
          .hasMessageContaining("lacks the right")
          .hasMessageContaining(
              "grant verb '%s' on 'certificaterequests' of API group 'cert-manager.io' by a Role in namespace '%s'"
                  .formatted(verb, namespace));
    }
  }

  @Test
  void issuesThoughItMayNotReadTheIssuer() {
    var namespace = CLUSTER.namespace("rights");
    new CaIssuers(CLUSTER).make(namespace, "mesh");
    try (var operator =
        Operator.in(CLUSTER, namespace, folder, List.of(Operator.RULES.getFirst()))) {
      var ca = operator.open(issuer("mesh"));

      accepts(ca, ca.issue(proxy(1), HOUR), 1);
    }
  }

  @Test
  void deletesWhatIsLeftOverAsSoonAsItMay() {
    var namespace = CLUSTER.namespace("rights");
    new CaIssuers(CLUSTER).make(namespace, "mesh");
    var rules = List.of(Operator.RULES.getFirst().without("delete"), Operator.RULES.getLast());
    try (var operator = Operator.in(CLUSTER, namespace, folder, rules)) {
      var ca = operator.open(issuer("mesh"));

      accepts(ca, ca.issue(proxy(1), HOUR), 1);
      assertThat(operator.requestNames()).isNotEmpty();

      // Once it may, what is left over goes, though nobody asks for anything.
      Operator.grant(CLUSTER, namespace, Operator.RULES);
      await()
          .atMost(Duration.ofSeconds(60))
          .untilAsserted(() -> assertThat(operator.requestNames()).isEmpty());
    }
  }

  @Test
  void goesOnAsSoonAsTheRightIsThere() {
    var namespace = CLUSTER.namespace("rights");
    new CaIssuers(CLUSTER).make(namespace, "mesh");
    try (var operator =
        Operator.in(
            CLUSTER,
            namespace,
            folder,
            List.of(Operator.RULES.getFirst().without("list"), Operator.RULES.getLast()))) {
      assertThatThrownBy(() -> operator.open(issuer("mesh"))).hasMessageContaining("'list'");

      Operator.grant(CLUSTER, namespace, Operator.RULES);

      await()
          .atMost(PATIENCE)
          .ignoreExceptionsInstanceOf(CaException.class)
          .until(() -> operator.open(issuer("mesh")) != null);
    }
  }

  // ---- a changed authority

  @Test
  void trustsTheNewRootOfAnIssuerThatWasGivenAnother() {
    var operator = operator();
    TestIssuer.shared().make(operator.namespace(), "mesh", Behaviour.SIGN);
    var ca = operator.open(testIssuer("mesh"));
    var before = ca.trustBundle();

    TestIssuer.shared().forgetCa(operator.namespace(), "mesh");

    var issued = ca.issue(proxy(1), HOUR);
    accepts(ca, issued, 1);
    assertThat(ca.trustBundle()).isNotEqualTo(before);
  }

  // ---- what it costs

  @Test
  void needsTwoCallsForACertificateAndNoSecretAtAll() throws Exception {
    var operator = operator();
    new CaIssuers(CLUSTER).make(operator.namespace(), "mesh");
    var ca = operator.open(issuer("mesh"));
    var certificates = 100;

    issueAll(ca, certificates);
    await().atMost(PATIENCE).until(() -> operator.requestNames().isEmpty());

    var calls =
        CLUSTER.auditedCalls(operator.user(), call -> !call.stage().equals("RequestReceived"));
    assertThat(calls.stream().filter(call -> call.verb().equals("create")).count())
        .isEqualTo(certificates + 1);
    assertThat(calls.size()).isLessThanOrEqualTo(2 * (certificates + 1) + 12);
    assertThat(calls).noneMatch(call -> call.resource().equals("secrets"));
  }

  @Test
  void isFairBetweenMeshesAndSaysHowFarItIs() throws Exception {
    var operator = operator();
    new CaIssuers(CLUSTER).make(operator.namespace(), "mesh");
    var large = operator.open(issuer("mesh"));
    var small = operator.open("other", issuer("mesh"), Optional.empty(), PATIENCE);
    var order = new ConcurrentLinkedQueue<String>();
    int before;

    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 400; i++) {
        var number = i;
        threads.execute(
            () -> {
              large.issue(proxy(number), HOUR);
              order.add("large");
            });
      }
      await().atMost(PATIENCE).until(() -> operator.requests().progress().queued() > 200);
      assertThat(operator.requests().progress().toString()).contains("requests ended");
      before = order.size();
      for (int i = 0; i < 10; i++) {
        var number = i;
        threads.execute(
            () -> {
              small.issue(proxy("other", number), HOUR);
              order.add("small");
            });
      }
    }

    var ended = List.copyOf(order);
    assertThat(ended).hasSize(410);
    // What is under way ends first, then the two meshes have their turn one after the other.
    assertThat(ended.lastIndexOf("small")).isLessThan(before + 150);
  }

  private static void issueAll(CertManagerCa ca, int number) throws Exception {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var issuing = new ArrayList<java.util.concurrent.Future<IdentityCertificate>>();
      for (int i = 0; i < number; i++) {
        var proxy = i;
        issuing.add(threads.submit(() -> ca.issue(proxy(proxy), HOUR)));
      }
      for (int i = 0; i < number; i++) {
        accepts(ca, issuing.get(i).get(), i);
      }
    }
  }

  @Test
  void deletesWhatIsUnderWayWhenItStops() {
    var operator = operator();
    TestIssuer.shared().make(operator.namespace(), "mesh", Behaviour.STALL);
    var ca = given(operator, testIssuer("mesh"), PATIENCE);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var issuing = threads.submit(() -> assertThatThrownBy(() -> ca.issue(proxy(1), HOUR)));
      await().atMost(PATIENCE).until(() -> operator.requestNames().size() == 1);

      operator.close();

      assertThat(issuing)
          .succeedsWithin(PATIENCE)
          .satisfies(thrown -> thrown.hasMessageContaining("the server stops"));
      assertThat(operator.requestNames()).isEmpty();
    }
  }

  // ---- what others left behind

  @Test
  void sweepsWhatAnInstanceThatIsGoneLeftBehindAndNothingElse() {
    var namespace = CLUSTER.namespace("sweep");
    request(namespace, "default-orphan", "meshseal", Instant.now().minusSeconds(600));
    request(namespace, "default-under-way", "meshseal", Instant.now().plusSeconds(600));
    request(namespace, "default-of-another", "somebody", Instant.now().minusSeconds(600));
    try (var operator = Operator.in(CLUSTER, namespace, folder)) {
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () ->
                  assertThat(operator.requestNames())
                      .containsExactlyInAnyOrder("default-under-way", "default-of-another"));
    }
  }

  private static void request(String namespace, String name, String manager, Instant deadline) {
    var csr = CertificateRequests.csr(CertificateRequests.newKey(), List.of("spiffe://default/x"));
    CLUSTER.apply(
        """
        apiVersion: cert-manager.io/v1
        kind: CertificateRequest
        metadata:
          name: %s
          namespace: %s
          labels: {app.kubernetes.io/managed-by: %s, meshseal.dev/instance: gone}
          annotations: {meshseal.dev/deadline: "%s"}
        spec: {request: %s, issuerRef: {name: none}}
        """
            .formatted(
                name,
                namespace,
                manager,
                deadline,
                java.util.Base64.getEncoder()
                    .encodeToString(csr.getBytes(StandardCharsets.US_ASCII))));
  }

  // ---- an API server that goes away

  @Test
  void goesOnAfterARestartOfTheApiServerAndOfCertManager() throws Exception {
    var rung = new ConcurrentLinkedQueue<String>();
    var cluster = TestCluster.start(folder.resolve("cluster"));
    try (cluster;
        var certManager =
            CertManager.start(cluster, folder.resolve("cert-manager"), CertManager.Approver.ON)) {
      var namespace = cluster.namespace("restart");
      new CaIssuers(cluster).make(namespace, "mesh");
      try (var operator = Operator.in(cluster, namespace, folder)) {
        var ca = operator.open("default", issuer("mesh"), Optional.empty(), Duration.ofSeconds(90));
        accepts(ca, ca.issue(proxy(1), HOUR), 1);
        operator.requests().onIssuerChange(rung::add);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
          cluster.stop();
          var issuing = threads.submit(() -> ca.issue(proxy(2), HOUR));
          cluster.startAgain();

          assertThat(issuing).succeedsWithin(Duration.ofMinutes(2));
          accepts(ca, issuing.get(), 2);
        }
        // Proxies that were held back meanwhile ask again at once.
        await().atMost(PATIENCE).until(() -> rung.contains("default"));

        certManager.restart();

        accepts(ca, ca.issue(proxy(3), HOUR), 3);
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(operator.requestNames()).isEmpty());
      }
    }
  }
}
