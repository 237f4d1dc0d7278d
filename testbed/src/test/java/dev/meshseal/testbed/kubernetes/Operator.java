package dev.meshseal.testbed.kubernetes;

import dev.meshseal.ca.BackendRef;
import dev.meshseal.ca.certmanager.CertManagerCa;
import dev.meshseal.identity.DataplaneId;
import dev.meshseal.identity.DataplaneIdentity;
import dev.meshseal.identity.IdentityForm;
import dev.meshseal.kubernetes.Cluster;
import dev.meshseal.kubernetes.requests.KubernetesCertificateRequests;
import dev.meshseal.mesh.Backend;
import dev.meshseal.mesh.BackendConf;
import dev.meshseal.mesh.BackendConf.CertManager.IssuerRef;
import dev.meshseal.mesh.DataSource;
import dev.meshseal.testing.FakeSecrets;
import dev.meshseal.x509.CryptoProvider;
import dev.meshseal.x509.KeyType;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/**
 * Meshseal's part in a namespace of its own: the service account with its Role, the connection
 * under it, and what talks to cert-manager over that.
 */
final class Operator implements AutoCloseable {
  static final Duration HOUR = Duration.ofHours(1);

  /** Everything that the backend needs. */
  static final List<Rule> RULES =
      List.of(
          new Rule("certificaterequests", "create", "list", "watch", "delete"),
          new Rule("issuers", "list", "watch"));

  /** The rights on one resource of cert-manager's group. */
  record Rule(String resource, List<String> verbs) {
    Rule(String resource, String... verbs) {
      this(resource, List.of(verbs));
    }

    Rule without(String verb) {
      return new Rule(resource, verbs.stream().filter(one -> !one.equals(verb)).toList());
    }

    String yaml(String group) {
      return "{apiGroups: [%s], resources: [%s], verbs: [%s]}"
          .formatted(group, resource, String.join(", ", verbs));
    }
  }

  private final TestCluster cluster;
  private final String namespace;
  private final KubernetesCertificateRequests requests;
  private final Cluster connection;

  private Operator(
      TestCluster cluster,
      String namespace,
      Cluster connection,
      KubernetesCertificateRequests requests) {
    this.cluster = cluster;
    this.namespace = namespace;
    this.connection = connection;
    this.requests = requests;
  }

  static Operator in(TestCluster cluster, String namespace, Path folder) {
    return in(cluster, namespace, folder, RULES);
  }

  static Operator in(TestCluster cluster, String namespace, Path folder, List<Rule> rules) {
    grant(cluster, namespace, rules);
    var token = cluster.serviceAccountToken(namespace, "meshseal");
    var file = cluster.kubeconfigWith(token, namespace, folder.resolve(namespace + ".kubeconfig"));
    var connection = Cluster.open(Optional.of(file), Optional.empty());
    var requests =
        KubernetesCertificateRequests.start(
            connection,
            "replica-of-" + namespace,
            KubernetesCertificateRequests.DEFAULT_IN_FLIGHT,
            InstantSource.system(),
            new Random());
    return new Operator(cluster, namespace, connection, requests);
  }

  /** The service account with these rights, those before taken away. */
  static void grant(TestCluster cluster, String namespace, List<Rule> rules) {
    var all = rules.stream().map(rule -> rule.yaml("cert-manager.io")).toList();
    cluster.apply(
        """
        apiVersion: v1
        kind: ServiceAccount
        metadata: {name: meshseal, namespace: %1$s}
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: Role
        metadata: {name: meshseal, namespace: %1$s}
        rules: [%2$s]
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: RoleBinding
        metadata: {name: meshseal, namespace: %1$s}
        roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: meshseal}
        subjects: [{kind: ServiceAccount, name: meshseal, namespace: %1$s}]
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: ClusterRole
        metadata: {name: meshseal-%1$s}
        rules:
          - {apiGroups: [cert-manager.io], resources: [clusterissuers], verbs: [list, watch]}
          - apiGroups: [testbed.meshseal.dev, awspca.cert-manager.io]
            resources: ["*"]
            verbs: [list, watch]
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: ClusterRoleBinding
        metadata: {name: meshseal-%1$s}
        roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: meshseal-%1$s}
        subjects: [{kind: ServiceAccount, name: meshseal, namespace: %1$s}]
        """
            .formatted(namespace, String.join(", ", all)));
    for (var rule : rules) {
      rule.verbs().forEach(verb -> await(cluster, namespace, verb, rule.resource()));
    }
    await(cluster, namespace, "watch", "clusterissuers");
  }

  private static void await(TestCluster cluster, String namespace, String verb, String resource) {
    cluster.awaitRight(user(namespace), namespace, verb, "cert-manager.io", resource);
  }

  String namespace() {
    return namespace;
  }

  String user() {
    return user(namespace);
  }

  private static String user(String namespace) {
    return "system:serviceaccount:%s:meshseal".formatted(namespace);
  }

  KubernetesCertificateRequests requests() {
    return requests;
  }

  static IssuerRef issuer(String name) {
    return new IssuerRef(name, "Issuer", "cert-manager.io");
  }

  static IssuerRef clusterIssuer(String name) {
    return new IssuerRef(name, "ClusterIssuer", "cert-manager.io");
  }

  static IssuerRef testIssuer(String name) {
    return new IssuerRef(name, "TestIssuer", TestIssuer.GROUP);
  }

  CertManagerCa open(IssuerRef issuer) {
    return open("default", issuer, Optional.empty(), Duration.ofSeconds(20));
  }

  CertManagerCa open(IssuerRef issuer, Duration timeout) {
    return open("default", issuer, Optional.empty(), timeout);
  }

  CertManagerCa openWithRoot(IssuerRef issuer, String root, Duration timeout) {
    return open("default", issuer, Optional.of(root), timeout);
  }

  CertManagerCa open(String mesh, IssuerRef issuer, Optional<String> root, Duration timeout) {
    var conf =
        new BackendConf.CertManager(
            issuer,
            root.map(DataSource.Inline::ofString),
            Optional.empty(),
            List.of(),
            KeyType.EC_P256);
    return CertManagerCa.open(
        BackendRef.of(mesh, "ca-1"),
        new Backend(
            "ca-1",
            Backend.Mode.STRICT,
            HOUR,
            Optional.of(timeout),
            Backend.DEFAULT_ROOT_CHAIN_TIMEOUT,
            conf),
        conf,
        requests,
        new FakeSecrets(),
        CryptoProvider.best(),
        InstantSource.system());
  }

  static DataplaneIdentity proxy(int number) {
    return proxy("default", number);
  }

  static DataplaneIdentity proxy(String mesh, int number) {
    var service = "web-" + number;
    return new DataplaneIdentity(
        new DataplaneId(mesh, service),
        IdentityForm.KUMA,
        List.of("spiffe://%s/%s".formatted(mesh, service), "kuma://kuma.io/service/" + service));
  }

  /** The names of the requests that are there. */
  List<String> requestNames() {
    return cluster
        .api()
        .names("/apis/cert-manager.io/v1/namespaces/%s/certificaterequests".formatted(namespace))
        .stream()
        .filter(name -> name.startsWith("default-") || name.startsWith("other-"))
        .toList();
  }

  @Override
  public void close() {
    requests.close();
    connection.close();
  }
}
