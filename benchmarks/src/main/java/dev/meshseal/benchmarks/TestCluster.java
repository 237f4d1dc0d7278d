package dev.meshseal.benchmarks;

import dev.meshseal.benchmarks.fleet.Fleet;
import dev.meshseal.benchmarks.fleet.FleetPlan;
import dev.meshseal.benchmarks.fleet.Variant;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The testbed's real API server, with etcd and the definition of the Mesh, and cert-manager's real
 * controllers where they are asked for. Pods are objects that nobody runs.
 */
final class TestCluster implements AutoCloseable {
  /** The namespace of the server, and of its issuer. */
  static final String SYSTEM = "meshseal-system";

  /** Where the pods are. */
  static final String PODS = "pods";

  /** Whose calls the audit log tells apart as the server's. */
  static final String SERVER = "system:serviceaccount:%s:meshseal".formatted(SYSTEM);

  private final Context context;
  private final Path folder;
  private final Map<String, String> programs;
  private final List<Child> children = new ArrayList<>();
  private final JsonNode home;
  private final ApiClient api;

  private TestCluster(Context context) {
    this.context = context;
    this.folder = context.folder();
    this.programs = programs(context.launcher().resolveSibling("testbed/up"));
    var kube =
        started(
            "kube",
            List.of(
                programs.get("kube"),
                "--dir=" + folder.resolve("state"),
                "--audit-log=" + folder.resolve("audit.log")));
    this.home = JsonMapper.shared().readTree(kube.readLine());
    this.api = as(token("admin"));
  }

  /** Blocks until the API server serves and the Mesh is defined. */
  static TestCluster start(Context context) {
    var cluster = new TestCluster(context);
    try {
      cluster.prepare();
      return cluster;
    } catch (RuntimeException failed) {
      cluster.close();
      throw failed;
    }
  }

  // The first time, this compiles for a quarter of an hour, and says so on standard error.
  private static Map<String, String> programs(Path up) {
    try {
      var process =
          new ProcessBuilder(up.toString(), "kube", "certmanager", "kubectl")
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      try (var lines = process.inputReader()) {
        return lines
            .lines()
            .map(line -> line.split("=", 2))
            .collect(Collectors.toMap(pair -> pair[0], pair -> pair[1]));
      }
    } catch (IOException failed) {
      throw new UncheckedIOException("%s cannot be run".formatted(up), failed);
    }
  }

  private Child started(String name, List<String> command) {
    var child = Child.start(folder.resolve(name + ".log"), command);
    children.addFirst(child);
    return child;
  }

  private void prepare() {
    apply(context.launcher().resolveSibling("deploy/crd/kuma.io_meshes.yaml"));
    apply(
        """
        apiVersion: v1
        kind: Namespace
        metadata: {name: %1$s}
        ---
        apiVersion: v1
        kind: Namespace
        metadata: {name: %2$s}
        ---
        apiVersion: v1
        kind: ServiceAccount
        metadata: {name: meshseal, namespace: %1$s}
        ---
        apiVersion: v1
        kind: ServiceAccount
        metadata: {name: bare, namespace: %1$s}
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: ClusterRoleBinding
        metadata: {name: measured}
        roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
        subjects:
        - {kind: ServiceAccount, name: meshseal, namespace: %1$s}
        - {kind: ServiceAccount, name: bare, namespace: %1$s}
        """
            .formatted(SYSTEM, PODS));
    kubectl("wait", "--for=condition=Established", "crd/meshes.kuma.io", "--timeout=60s");
    kubectl("wait", "--for=create", "serviceaccount/default", "-n", PODS, "--timeout=60s");
  }

  /** Starts cert-manager and makes the CA issuer {@code mesh-ca}; blocks until it is ready. */
  void certManager() {
    var program = Path.of(programs.get("certmanager"));
    started(
            "certmanager",
            List.of(
                program.toString(),
                "controllers",
                "--kubeconfig=" + home.path("kubeconfigs").asString() + "/cert-manager",
                "--admin-kubeconfig=" + home.path("kubeconfig").asString(),
                "--crds=" + program.resolveSibling("crds")))
        .readLine();
    apply(
        """
        apiVersion: cert-manager.io/v1
        kind: Issuer
        metadata: {name: self-signed, namespace: %1$s}
        spec: {selfSigned: {}}
        ---
        apiVersion: cert-manager.io/v1
        kind: Certificate
        metadata: {name: mesh-ca, namespace: %1$s}
        spec:
          isCA: true
          commonName: mesh-ca
          secretName: mesh-ca
          duration: 87600h
          privateKey: {algorithm: ECDSA, size: 256, rotationPolicy: Always}
          issuerRef: {name: self-signed}
        ---
        apiVersion: cert-manager.io/v1
        kind: Issuer
        metadata: {name: mesh-ca, namespace: %1$s}
        spec: {ca: {secretName: mesh-ca}}
        """
            .formatted(SYSTEM));
    kubectl("wait", "--for=condition=Ready", "issuer/mesh-ca", "-n", SYSTEM, "--timeout=60s");
  }

  /** A core for what is the cluster's alone, until it is closed. */
  OwnCore ownCore() {
    return OwnCore.of(children);
  }

  void kubectl(String... arguments) {
    var command = new ArrayList<>(List.of(programs.get("kubectl")));
    command.add("--kubeconfig=" + home.path("kubeconfig").asString());
    command.addAll(List.of(arguments));
    Child.output(command);
  }

  void apply(Path manifest) {
    kubectl("apply", "--server-side", "-f", manifest.toString());
  }

  void apply(String yaml) {
    try {
      apply(Files.writeString(Files.createTempFile(folder, "manifest", ".yaml"), yaml));
    } catch (IOException failed) {
      throw new UncheckedIOException("%s cannot be written".formatted(folder), failed);
    }
  }

  /** The API as the administrator. */
  ApiClient api() {
    return api;
  }

  AuditLog auditLog() {
    return new AuditLog(folder.resolve("audit.log"));
  }

  private ApiClient as(String token) {
    return new ApiClient(
        URI.create(home.path("server").asString()), Path.of(home.path("ca").asString()), token);
  }

  /** The API as a service account, which waits its turn there as the server under test does. */
  ApiClient bare() {
    return as(accountToken("bare"));
  }

  private String accountToken(String account) {
    return api.post(
            "/api/v1/namespaces/%s/serviceaccounts/%s/token".formatted(SYSTEM, account),
            "{\"spec\": {\"expirationSeconds\": 7200}}")
        .path("status")
        .path("token")
        .asString();
  }

  private String token(String user) {
    try (var lines = Files.lines(Path.of(home.path("tokens").asString()))) {
      return lines
          .map(line -> line.split(",", -1))
          .filter(fields -> fields[1].equals(user))
          .map(fields -> fields[0])
          .findFirst()
          .orElseThrow();
    } catch (IOException failed) {
      throw new UncheckedIOException("the tokens of the API server cannot be read", failed);
    }
  }

  /** Our server on this cluster, as a service account of its own. */
  MeshsealProcess meshseal() {
    var config =
        """
        {"apiVersion": "v1", "kind": "Config", "current-context": "c",
         "clusters": [{"name": "c", "cluster": {"server": "%s", "certificate-authority": "%s"}}],
         "users": [{"name": "u", "user": {"token": "%s"}}],
         "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}]}
        """
            .formatted(
                home.path("server").asString(),
                home.path("ca").asString(),
                accountToken("meshseal"));
    var own = context.folder();
    try {
      var file = Files.writeString(own.resolve("kubeconfig"), config);
      return MeshsealProcess.start(
          context.launcher(),
          own,
          List.of("--kubernetes", "--kubeconfig=" + file, "--system-namespace=" + SYSTEM));
    } catch (IOException failed) {
      throw new UncheckedIOException("%s cannot be written".formatted(own), failed);
    }
  }

  /** Pods {@code dp-0} and on, all of one service. */
  void createPods(int count) throws InterruptedException {
    ApiClient.inParallel(
        count,
        number ->
            api.post(
                "/api/v1/namespaces/%s/pods".formatted(PODS),
                """
                {"metadata": {"name": "dp-%d", "labels": {"kuma.io/service": "fleet"}},
                 "spec": {"containers": [{"name": "app", "image": "app"}]}}
                """
                    .formatted(number)));
  }

  /** A token for each of the first pods, as the kubelet gets it: bound, for audience meshseal. */
  List<String> podTokens(int count) throws InterruptedException {
    var tokens = new ConcurrentSkipListMap<Integer, String>();
    ApiClient.inParallel(count, number -> tokens.put(number, podToken("dp-" + number)));
    return List.copyOf(tokens.values());
  }

  private String podToken(String pod) {
    var uid =
        api.get("/api/v1/namespaces/%s/pods/%s".formatted(PODS, pod))
            .path("metadata")
            .path("uid")
            .asString();
    return api.post(
            "/api/v1/namespaces/%s/serviceaccounts/default/token".formatted(PODS),
            """
            {"spec": {"audiences": ["meshseal"], "expirationSeconds": 7200, "boundObjectRef":
              {"apiVersion": "v1", "kind": "Pod", "name": "%s", "uid": "%s"}}}
            """
                .formatted(pod, uid))
        .path("status")
        .path("token")
        .asString();
  }

  /** The sidecars of the pods that have these tokens. */
  static Fleet fleet(
      MeshsealProcess server, List<String> tokens, String secret, FleetPlan.Behaviour behaviour) {
    return new Fleet(
        new FleetPlan(
            server.target(),
            new FleetPlan.Crew(
                tokens.size(),
                tokens.size(),
                Variant.SOTW,
                List.of(secret),
                "default.dp-{i}." + PODS,
                number -> Optional.of(tokens.get(number))),
            new FleetPlan.Pace(200, OptionalDouble.empty(), Context.PATIENCE),
            behaviour,
            OptionalLong.of(server.child().pid())));
  }

  /** A Mesh with one builtin backend. */
  static String builtinMesh(String name) {
    return """
    apiVersion: kuma.io/v1alpha1
    kind: Mesh
    metadata: {name: %s}
    spec: {mtls: {enabledBackend: ca-1, backends: [{name: ca-1, type: builtin}]}}
    """
        .formatted(name);
  }

  /** Mesh {@code default} with certificates from cert-manager, its root given as in production. */
  void certManagerMesh() {
    var root =
        api.get("/api/v1/namespaces/%s/secrets/mesh-ca".formatted(SYSTEM))
            .path("data")
            .path("tls.crt")
            .asString();
    apply(
        """
        apiVersion: kuma.io/v1alpha1
        kind: Mesh
        metadata: {name: default}
        spec:
          mtls:
            enabledBackend: ca-1
            backends:
            - name: ca-1
              type: certmanager
              dpCert: {rotation: {expiration: 24h}}
              conf: {issuerRef: {name: mesh-ca}, caCert: {inline: %s}}
        """
            .formatted(root));
  }

  // An orderly end of the API server would wait for those who still watch.
  @Override
  public void close() {
    children.forEach(Child::kill);
  }
}
