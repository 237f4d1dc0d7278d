package dev.meshseal.testbed.kubernetes;

import dev.meshseal.testbed.Testbed;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * cert-manager's real controllers on a cluster: Certificates, CA, SelfSigned and Vault issuers, and
 * the approver. ACME and its webhook are not there.
 */
public final class CertManager implements AutoCloseable {
  /** Whether cert-manager approves requests by itself; it does in its own chart. */
  public enum Approver {
    ON("--approve=true"),
    OFF("--approve=false");

    private final String flag;

    Approver(String flag) {
      this.flag = flag;
    }
  }

  private final TestCluster cluster;
  private final Path log;
  private final List<String> flags;
  private ChildProcess process;

  private CertManager(TestCluster cluster, Path log, List<String> flags) {
    this.cluster = cluster;
    this.log = log;
    this.flags = flags;
    this.process = launch();
  }

  private static final class Shared {
    static final CertManager CERT_MANAGER =
        start(TestCluster.shared(), Folders.temporary("meshseal-cert-manager"), Approver.ON);
  }

  /** The one on the shared cluster, its approver on; a test that stops it starts it again. */
  public static CertManager shared() {
    return Shared.CERT_MANAGER;
  }

  /**
   * Installs the CRDs and starts the controllers; blocks until they work.
   *
   * @param flags {@code --qps N} and {@code --burst N} make them slow, where the cluster has no
   *     priority and fairness
   */
  public static CertManager start(
      TestCluster cluster, Path folder, Approver approver, String... flags) {
    var all = new ArrayList<>(List.of(approver.flag));
    all.addAll(List.of(flags));
    return new CertManager(cluster, folder.resolve("cert-manager.log"), all);
  }

  private ChildProcess launch() {
    var program = Testbed.path("certmanager");
    var command = new ArrayList<String>();
    command.addAll(List.of(program.toString(), "controllers"));
    command.addAll(List.of("--kubeconfig", cluster.kubeconfig("cert-manager").toString()));
    command.addAll(List.of("--admin-kubeconfig", cluster.kubeconfig().toString()));
    command.addAll(List.of("--crds", program.resolveSibling("crds").toString()));
    command.addAll(flags);
    var started = ChildProcess.start(command, Map.of(), log);
    started.firstLine();
    return started;
  }

  TestCluster cluster() {
    return cluster;
  }

  public void stop() {
    process.stop();
  }

  public void startAgain() {
    process = launch();
  }

  public void restart() {
    stop();
    startAgain();
  }

  @Override
  public void close() {
    stop();
  }
}
