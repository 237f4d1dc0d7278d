package dev.meshseal.testbed.kubernetes;

import static dev.meshseal.testbed.kubernetes.CertificateRequests.csr;
import static dev.meshseal.testbed.kubernetes.CertificateRequests.newKey;
import static dev.meshseal.testbed.kubernetes.CertificateRequests.text;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.meshseal.testbed.kubernetes.CertificateRequests.IssuerRef;
import dev.meshseal.testbed.kubernetes.TestIssuer.Behaviour;
import dev.meshseal.x509.Pem;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/**
 * That the Kubernetes of the tests is one: each part of it does what the tests of others rely on.
 */
class ClusterIT {
  private static final TestCluster CLUSTER = TestCluster.shared();
  private static final Duration HOUR = Duration.ofHours(1);
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final List<String> NAMES =
      List.of("spiffe://default/web", "kuma://kuma.io/service/web");

  @TempDir Path folder;

  @BeforeAll
  static void certManagerAndTheExternalIssuerRun() {
    TestIssuer.shared();
  }

  @Test
  void anAppliedCrdIsServedAndItsRulesRefuse() {
    var namespace = CLUSTER.namespace("crd");
    CLUSTER.apply(
        """
        apiVersion: apiextensions.k8s.io/v1
        kind: CustomResourceDefinition
        metadata: {name: gauges.testbed.meshseal.dev}
        spec:
          group: testbed.meshseal.dev
          scope: Namespaced
          names: {kind: Gauge, plural: gauges, singular: gauge}
          versions:
            - name: v1
              served: true
              storage: true
              schema:
                openAPIV3Schema:
                  type: object
                  properties:
                    spec:
                      type: object
                      properties: {low: {type: integer}, high: {type: integer}}
                      x-kubernetes-validations:
                        - {rule: "self.low < self.high", message: "low must be below high"}
        """);
    Conditions.await(
        CLUSTER.api(),
        "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/gauges.testbed.meshseal.dev",
        "Established",
        "True");

    assertThat(CLUSTER.api().tryApply(gauge(namespace, "low: 1, high: 2")).status()).isEqualTo(201);
    assertThat(CLUSTER.api().tryApply(gauge(namespace, "low: 2, high: 1")))
        .satisfies(
            refused -> assertThat(refused.status()).isEqualTo(422),
            refused -> assertThat(refused.body()).contains("low must be below high"));
    assertThat(CLUSTER.api().tryApply(gauge(namespace, "middle: 1")))
        .satisfies(
            refused -> assertThat(refused.status()).isIn(400, 500),
            refused -> assertThat(refused.body()).contains("middle"));
  }

  private static String gauge(String namespace, String spec) {
    return """
    apiVersion: testbed.meshseal.dev/v1
    kind: Gauge
    metadata: {name: one, namespace: %s}
    spec: {%s}
    """
        .formatted(namespace, spec);
  }

  @Test
  void aPodsTokenIsGoodForItsAudienceAlone() {
    var namespace = CLUSTER.namespace("token");
    CLUSTER.apply(pod(namespace, "web-1"));

    var token = CLUSTER.serviceAccountToken(namespace, "default", "web-1", "meshseal");

    var good = review(token, "meshseal");
    assertThat(good.path("authenticated").asBoolean()).isTrue();
    assertThat(good.path("user").path("username").asString())
        .isEqualTo("system:serviceaccount:%s:default".formatted(namespace));
    assertThat(
            good.path("user")
                .path("extra")
                .path("authentication.kubernetes.io/pod-name")
                .path(0)
                .asString())
        .isEqualTo("web-1");
    assertThat(review(token, "others").path("authenticated").asBoolean(false)).isFalse();
  }

  @Test
  void aTokenThatHasExpiredIsRefused() {
    var namespace = CLUSTER.namespace("expired");
    var account =
        CLUSTER.api().get("/api/v1/namespaces/%s/serviceaccounts/default".formatted(namespace));
    var uid = account.require().json().path("metadata").path("uid").asString();

    var good = claims(namespace, uid, Instant.now().plusSeconds(60));
    var old = claims(namespace, uid, Instant.now().minusSeconds(120));

    assertThat(review(good, "meshseal").path("authenticated").asBoolean(false)).isTrue();
    assertThat(review(old, "meshseal").path("authenticated").asBoolean(false)).isFalse();
  }

  private static String claims(String namespace, String uid, Instant end) {
    return CLUSTER.signToken(
        """
        {"iss": "https://kubernetes.default.svc", "aud": ["meshseal"],
         "sub": "system:serviceaccount:%1$s:default",
         "iat": %3$d, "nbf": %3$d, "exp": %4$d,
         "kubernetes.io": {"namespace": "%1$s", "serviceaccount": {"name": "default", "uid": "%2$s"}}}
        """
            .formatted(
                namespace, uid, end.minusSeconds(3600).getEpochSecond(), end.getEpochSecond()));
  }

  private static JsonNode review(String token, String audience) {
    return CLUSTER
        .api()
        .post(
            "/apis/authentication.k8s.io/v1/tokenreviews",
            "{\"spec\": {\"token\": \"%s\", \"audiences\": [\"%s\"]}}".formatted(token, audience))
        .require()
        .json()
        .path("status");
  }

  private static String pod(String namespace, String name) {
    return """
    apiVersion: v1
    kind: Pod
    metadata: {name: %s, namespace: %s}
    spec:
      serviceAccountName: default
      containers: [{name: app, image: none}]
    """
        .formatted(name, namespace);
  }

  @Test
  void aServiceAccountMayDoWhatARoleGrantsAndNoMore() {
    var namespace = CLUSTER.namespace("rbac");
    var pods = "/api/v1/namespaces/%s/pods".formatted(namespace);
    var account = CLUSTER.api().as(CLUSTER.serviceAccountToken(namespace, "default"));
    assertThat(account.get(pods).status()).isEqualTo(403);

    CLUSTER.apply(
        """
        apiVersion: rbac.authorization.k8s.io/v1
        kind: Role
        metadata: {name: reader, namespace: %1$s}
        rules: [{apiGroups: [""], resources: [pods], verbs: [list]}]
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: RoleBinding
        metadata: {name: reader, namespace: %1$s}
        roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
        subjects: [{kind: ServiceAccount, name: default, namespace: %1$s}]
        """
            .formatted(namespace));

    await().atMost(PATIENCE).until(() -> account.get(pods).isSuccess());
    assertThat(account.get("/api/v1/namespaces/%s/secrets".formatted(namespace)).status())
        .isEqualTo(403);
  }

  @Test
  void theCaIssuerSignsTheNamesOfARequest() throws Exception {
    var namespace = CLUSTER.namespace("ca");
    new CaIssuers(CLUSTER).make(namespace, "mesh");

    var status = issued(namespace, IssuerRef.issuer("mesh"));

    verify(status);
    assertThat(Pem.readCertificates(bytes(status, "certificate"))).hasSize(1);
  }

  @Test
  void anIntermediateComesWithItsLeaf() throws Exception {
    var namespace = CLUSTER.namespace("intermediate");
    new CaIssuers(CLUSTER).makeIntermediate(namespace, "mesh");

    var status = issued(namespace, IssuerRef.issuer("mesh"));

    var chain = Pem.readCertificates(bytes(status, "certificate"));
    assertThat(chain).hasSize(2);
    chain.get(0).verify(chain.get(1).getPublicKey());
    chain.get(1).verify(ca(status).getPublicKey());
  }

  @Test
  void theClusterIssuerSignsForAnyNamespace() throws Exception {
    var namespace = CLUSTER.namespace("cluster-issuer");
    new CaIssuers(CLUSTER).makeClusterWide("everywhere-" + namespace);

    verify(issued(namespace, IssuerRef.clusterIssuer("everywhere-" + namespace)));
  }

  @Test
  void theVaultIssuerSignsThroughOpenBao() throws Exception {
    var namespace = CLUSTER.namespace("vault");
    var root = OpenBao.shared().enablePki("pki-" + namespace);
    OpenBao.shared().makeIssuer(CLUSTER, namespace, "vault", "pki-" + namespace);

    var status = issued(namespace, IssuerRef.issuer("vault"));

    verify(status);
    assertThat(ca(status)).isEqualTo(Pem.readCertificates(root.getBytes(US_ASCII)).getFirst());
  }

  @Test
  void theVaultIssuerPassesOnWhatOpenBaoRefuses() {
    var namespace = CLUSTER.namespace("vault");
    OpenBao.shared().enablePki("pki-" + namespace);
    OpenBao.shared().makeIssuer(CLUSTER, namespace, "vault", "pki-" + namespace);
    var requests = requests(namespace);

    var asked =
        requests.ask(IssuerRef.issuer("vault"), csr(newKey(), List.of("https://foreign")), HOUR);

    assertThat(requests.awaitReady(asked, "Failed").toString())
        .contains("URI Subject Alternative Names were provided", "not valid for this role");
  }

  @Test
  void certManagerApprovesItsOwnIssuersAlone() {
    var namespace = CLUSTER.namespace("approval");
    var foreign = new IssuerRef("issuers.example.org", "ExampleIssuer", "none");
    var requests = requests(namespace);
    var own = requests.ask(IssuerRef.issuer("absent"), csr(newKey(), NAMES), HOUR);
    var others = requests.ask(foreign, csr(newKey(), NAMES), HOUR);

    requests.awaitReady(own, "Pending");
    assertThat(Conditions.status(CLUSTER.api(), own, "Approved")).isEqualTo("True");
    await("cert-manager to be refused")
        .atMost(PATIENCE)
        .until(() -> !refusedApprovals(others).isEmpty());
    assertThat(Conditions.status(CLUSTER.api(), others, "Approved")).isEmpty();
  }

  private static List<TestCluster.AuditedCall> refusedApprovals(String request) {
    return CLUSTER.auditedCalls(
        "cert-manager",
        call ->
            call.code() == 403
                && call.subresource().equals("status")
                && request.endsWith("/" + call.name()));
  }

  @ParameterizedTest
  @EnumSource(names = {"FAIL", "INVALID_REQUEST", "PENDING"})
  void theExternalIssuerRefusesAsItIsTold(Behaviour behaviour) {
    var namespace = CLUSTER.namespace("refusal");
    TestIssuer.shared().make(namespace, "mesh", behaviour);
    var requests = requests(namespace);

    var asked = requests.ask(IssuerRef.testIssuer("mesh"), csr(newKey(), NAMES), HOUR);

    var reason = behaviour == Behaviour.PENDING ? "Pending" : "Failed";
    assertThat(requests.awaitReady(asked, reason).path("certificate").isMissingNode()).isTrue();
    assertThat(Conditions.field(CLUSTER.api(), asked, "Ready", "message"))
        .isEqualTo("the authority refused, as it was told to");
    assertThat(Conditions.status(CLUSTER.api(), asked, "InvalidRequest"))
        .isEqualTo(behaviour == Behaviour.INVALID_REQUEST ? "True" : "");
  }

  @Test
  void theExternalIssuerSignsAndMayStall() throws Exception {
    var namespace = CLUSTER.namespace("external");
    TestIssuer.shared().make(namespace, "good", "intermediate: true");
    TestIssuer.shared().make(namespace, "silent", Behaviour.STALL);
    TestIssuer.shared().make(namespace, "not-ready", "ready: false");
    var requests = requests(namespace);
    var stalled = requests.ask(IssuerRef.testIssuer("silent"), csr(newKey(), NAMES), HOUR);
    var early = requests.ask(IssuerRef.testIssuer("not-ready"), csr(newKey(), NAMES), HOUR);

    var status = issued(namespace, IssuerRef.testIssuer("good"));

    var chain = Pem.readCertificates(bytes(status, "certificate"));
    assertThat(chain).hasSize(2);
    chain.get(1).verify(ca(status).getPublicKey());
    requests.awaitReady(early, "Pending");
    assertThat(Conditions.status(CLUSTER.api(), stalled, "Ready")).isEmpty();
    TestIssuer.shared().make(namespace, "not-ready", "ready: true");
    requests.awaitReady(early, "Issued");
  }

  @ParameterizedTest
  @EnumSource(
      names = {
        "NO_CA",
        "ANOTHER_KEY",
        "OTHER_NAMES",
        "CA_CERTIFICATE",
        "EXPIRED",
        "TOO_LONG",
        "CLIENT_ONLY",
        "FOREIGN_ROOT",
        "GARBAGE",
        "EMPTY"
      })
  void theExternalIssuerLiesAsItIsTold(Behaviour behaviour) throws Exception {
    var namespace = CLUSTER.namespace("lie");
    TestIssuer.shared().make(namespace, "mesh", behaviour);
    var key = newKey();
    var requests = requests(namespace);

    var asked = requests.ask(IssuerRef.testIssuer("mesh"), csr(key, NAMES), HOUR);

    var status = requests.awaitReady(asked, "Issued");
    switch (behaviour) {
      case EMPTY -> assertThat(status.path("certificate").isMissingNode()).isTrue();
      case GARBAGE -> assertThat(text(status, "certificate")).doesNotContain("BEGIN");
      case NO_CA -> assertThat(status.path("ca").isMissingNode()).isTrue();
      case ANOTHER_KEY -> assertThat(leaf(status).getPublicKey()).isNotEqualTo(key.getPublic());
      case OTHER_NAMES ->
          assertThat(leaf(status).getSubjectAlternativeNames())
              .containsExactly(List.of(6, "spiffe://default/somebody-else"));
      case CA_CERTIFICATE -> assertThat(leaf(status).getBasicConstraints()).isNotNegative();
      case EXPIRED -> assertThat(leaf(status).getNotAfter()).isInThePast();
      case TOO_LONG ->
          assertThat(leaf(status).getNotAfter().toInstant())
              .isAfter(Instant.now().plus(HOUR.multipliedBy(9)));
      case CLIENT_ONLY -> assertThat(leaf(status).getExtendedKeyUsage()).hasSize(1);
      case FOREIGN_ROOT ->
          assertThat(leaf(status).getIssuerX500Principal())
              .isNotEqualTo(ca(status).getSubjectX500Principal());
      case SIGN, FAIL, STALL, PENDING, INVALID_REQUEST -> throw new AssertionError(behaviour);
    }
  }

  @Test
  void whatAnObjectOwnsGoesWithIt() {
    var namespace = CLUSTER.namespace("garbage");
    var maps = "/api/v1/namespaces/%s/configmaps".formatted(namespace);
    var owner = CLUSTER.api().post(maps, "{\"metadata\": {\"name\": \"owner\"}}").require().json();
    CLUSTER
        .api()
        .post(
            maps,
            """
            {"metadata": {"name": "owned", "ownerReferences":
              [{"apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": "%s"}]}}
            """
                .formatted(owner.path("metadata").path("uid").asString()))
        .require();

    CLUSTER.api().delete(maps + "/owner").require();

    await().atMost(PATIENCE).untilAsserted(() -> assertThat(CLUSTER.api().names(maps)).isEmpty());
  }

  @Test
  void theAuditLogCountsTheCallsOfAUser() {
    var namespace = CLUSTER.namespace("audit");
    var user = "system:serviceaccount:%s:default".formatted(namespace);
    var account = CLUSTER.api().as(CLUSTER.serviceAccountToken(namespace, "default"));

    for (var call = 0; call < 3; call++) {
      account.get("/api/v1/namespaces/%s/secrets/nothing".formatted(namespace));
    }

    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                assertThat(CLUSTER.auditedCalls(user, call -> call.verb().equals("get")))
                    .hasSize(3)
                    .allMatch(call -> call.resource().equals("secrets") && call.code() == 403));
  }

  @Test
  void aRestartKeepsPortObjectsTokensAndKeys() {
    try (var own = TestCluster.start(folder, "--priority-and-fairness=false")) {
      var namespace = own.namespace("kept");
      own.apply(pod(namespace, "web-1"));
      var token = own.serviceAccountToken(namespace, "default", "web-1", "meshseal");
      var server = own.server();

      own.restart();
      own.kill();
      own.startAgain();

      assertThat(own.server()).isEqualTo(server);
      assertThat(own.api().names("/api/v1/namespaces/%s/pods".formatted(namespace)))
          .containsExactly("web-1");
      var review =
          own.api()
              .post(
                  "/apis/authentication.k8s.io/v1/tokenreviews",
                  "{\"spec\": {\"token\": \"%s\", \"audiences\": [\"meshseal\"]}}"
                      .formatted(token));
      assertThat(review.require().json().path("status").path("authenticated").asBoolean()).isTrue();
    }
  }

  @Test
  void certManagerIsAsSlowAsItIsTold() {
    try (var own = TestCluster.start(folder, "--priority-and-fairness=false");
        var slow =
            CertManager.start(own, folder, CertManager.Approver.ON, "--qps", "5", "--burst", "5")) {
      var requests = new CertificateRequests(own.api(), own.namespace("slow"));
      var begun = Instant.now();

      var asked =
          Stream.generate(() -> requests.ask(IssuerRef.issuer("none"), csr(newKey(), NAMES), HOUR))
              .limit(20)
              .toList();
      asked.forEach(request -> requests.awaitReady(request, "Pending"));

      // Two calls a request, for its approval and its condition; five of them are free.
      assertThat(Duration.between(begun, Instant.now())).isGreaterThan(Duration.ofSeconds(6));
      slow.stop();
    }
  }

  @Test
  void kubectlSpeaksToIt() {
    assertThat(CLUSTER.kubectl("get", "--raw", "/readyz").requireZero()).isEqualTo("ok");
    assertThat(CLUSTER.kubectl("version").requireZero()).contains("Server Version: v1.36.3");
  }

  private static CertificateRequests requests(String namespace) {
    return new CertificateRequests(CLUSTER.api(), namespace);
  }

  private static JsonNode issued(String namespace, IssuerRef issuer) {
    var requests = requests(namespace);
    return requests.awaitReady(requests.ask(issuer, csr(newKey(), NAMES), HOUR), "Issued");
  }

  private static void verify(JsonNode status) throws Exception {
    leaf(status).verify(ca(status).getPublicKey());
    assertThat(leaf(status).getSubjectAlternativeNames())
        .extracting(name -> name.get(1))
        .map(Object::toString)
        .containsExactlyElementsOf(NAMES);
  }

  private static X509Certificate leaf(JsonNode status) {
    return Pem.readCertificates(bytes(status, "certificate")).getFirst();
  }

  private static X509Certificate ca(JsonNode status) {
    return Pem.readCertificates(bytes(status, "ca")).getLast();
  }

  private static byte[] bytes(JsonNode status, String field) {
    return text(status, field).getBytes(US_ASCII);
  }
}
