package dev.meshseal.testbed.kubernetes;

import dev.meshseal.testbed.Testbed;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * An external issuer of cert-manager, of group {@code testbed.meshseal.dev} and kinds {@code
 * TestIssuer} and {@code ClusterTestIssuer}, that can be told to misbehave. It needs cert-manager's
 * CRDs on the cluster.
 */
public final class TestIssuer implements AutoCloseable {
  public static final String GROUP = "testbed.meshseal.dev";

  /** What it answers an approved request; {@code SIGN} is right, the others are not. */
  public enum Behaviour {
    SIGN,
    /** Signs, and leaves {@code status.ca} empty. */
    NO_CA,
    /** Fails for good, with the message of the issuer. */
    FAIL,
    /** Never says anything. */
    STALL,
    /** Says that it is not decided yet, and no more. */
    PENDING,
    /** Signs a key that nobody asked for. */
    ANOTHER_KEY,
    /** Signs the names of somebody else. */
    OTHER_NAMES,
    /** Signs a certificate that can sign. */
    CA_CERTIFICATE,
    /** Signs one that ended an hour ago. */
    EXPIRED,
    /** Signs one that is valid ten times as long as was asked. */
    TOO_LONG,
    /** Signs one that is no server's. */
    CLIENT_ONLY,
    /** Signs by another root than {@code status.ca}. */
    FOREIGN_ROOT,
    /** Gives what is no certificate. */
    GARBAGE,
    /** Says that it is done, and gives nothing. */
    EMPTY,
    /** Says that the request is invalid. */
    INVALID_REQUEST;

    String yaml() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  /** Whether the issuer approves what is asked of it; cert-manager does not. */
  public enum Approval {
    ITS_OWN("--approve=true"),
    BY_OTHERS("--approve=false");

    private final String flag;

    Approval(String flag) {
      this.flag = flag;
    }
  }

  private final TestCluster cluster;
  private final Path log;
  private final Approval approval;
  private ChildProcess process;

  private TestIssuer(TestCluster cluster, Path log, Approval approval) {
    this.cluster = cluster;
    this.log = log;
    this.approval = approval;
    this.process = launch();
  }

  private static final class Shared {
    static final TestIssuer ISSUER =
        start(
            CertManager.shared().cluster(),
            Folders.temporary("meshseal-test-issuer"),
            Approval.ITS_OWN);
  }

  /** The one on the shared cluster, beside the shared cert-manager; it approves by itself. */
  public static TestIssuer shared() {
    return Shared.ISSUER;
  }

  /** Installs its CRDs and starts it; blocks until it works. */
  public static TestIssuer start(TestCluster cluster, Path folder, Approval approval) {
    return new TestIssuer(cluster, folder.resolve("test-issuer.log"), approval);
  }

  private ChildProcess launch() {
    var command =
        List.of(
            Testbed.path("certmanager").toString(),
            "issuer",
            "--kubeconfig",
            cluster.kubeconfig("test-issuer").toString(),
            approval.flag);
    var started = ChildProcess.start(command, Map.of(), log);
    started.firstLine();
    return started;
  }

  /**
   * Makes, or changes, the {@code TestIssuer} of this name, and waits until it says it is ready.
   */
  public void make(String namespace, String name, Behaviour behaviour) {
    make(namespace, name, "behaviour: " + behaviour.yaml());
  }

  /**
   * As above with any field of its specification in YAML's flow form: {@code behaviour}, {@code
   * ready: false}, {@code intermediate: true}, {@code delay: 2s}, {@code message}. It waits until
   * the issuer says what it was told to say.
   */
  public void make(String namespace, String name, String spec) {
    cluster.apply(
        """
        apiVersion: testbed.meshseal.dev/v1
        kind: TestIssuer
        metadata: {name: %s, namespace: %s}
        spec: {%s}
        """
            .formatted(name, namespace, spec));
    Conditions.await(
        cluster.api(),
        "/apis/testbed.meshseal.dev/v1/namespaces/%s/testissuers/%s".formatted(namespace, name),
        "Ready",
        spec.contains("ready: false") ? "False" : "True");
  }

  /** Makes, or changes, a {@code ClusterTestIssuer}. */
  public void makeClusterWide(String name, String spec) {
    cluster.apply(
        """
        apiVersion: testbed.meshseal.dev/v1
        kind: ClusterTestIssuer
        metadata: {name: %s}
        spec: {%s}
        """
            .formatted(name, spec));
    Conditions.await(
        cluster.api(),
        "/apis/testbed.meshseal.dev/v1/clustertestissuers/" + name,
        "Ready",
        spec.contains("ready: false") ? "False" : "True");
  }

  /** Gives the issuer another root: its next certificate is signed by a new one. */
  public void forgetCa(String namespace, String name) {
    cluster
        .api()
        .delete("/api/v1/namespaces/%s/secrets/test-issuer-%s".formatted(namespace, name))
        .require();
  }

  public void stop() {
    process.stop();
  }

  public void startAgain() {
    process = launch();
  }

  @Override
  public void close() {
    stop();
  }
}
