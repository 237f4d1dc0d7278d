package dev.meshseal.testbed.kubernetes;

import static dev.meshseal.testbed.kubernetes.Operator.HOUR;
import static dev.meshseal.testbed.kubernetes.Operator.issuer;
import static dev.meshseal.testbed.kubernetes.Operator.proxy;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.meshseal.ca.certmanager.CertManagerCa;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Many certificates of the real cert-manager, each issued and then renewed. As many as the system
 * property {@code meshseal.soak} says; 50,000 take minutes, so that every build makes fewer.
 */
class CertificateRequestsSoakIT {
  private static final Logger LOG = LoggerFactory.getLogger(CertificateRequestsSoakIT.class);
  private static final int CERTIFICATES = Integer.getInteger("meshseal.soak", 600);

  /** How many are asked for before the ground is measured: classes, pools and caches are there. */
  private static final int WARM_UP = 200;

  /** How many proxies ask at once; as many again wait for their turn as are under way. */
  private static final int AT_ONCE = 128;

  private static final long HEAP_BOUND = 16L << 20;
  private static final int THREAD_BOUND = 8;

  @TempDir Path folder;

  /** What this process holds when nothing is under way. */
  private record Ground(long heap, int threads) {
    static Ground measured() {
      var memory = ManagementFactory.getMemoryMXBean();
      // Twice: what the first collection lets go of by reference queues, the second frees.
      memory.gc();
      memory.gc();
      return new Ground(
          memory.getHeapMemoryUsage().getUsed(),
          ManagementFactory.getThreadMXBean().getThreadCount());
    }
  }

  @Test
  void manyCertificatesLeaveNoRequestNoHeapAndNoThreadBehind() throws Exception {
    CertManager.shared();
    var cluster = TestCluster.shared();
    try (var operator = Operator.in(cluster, cluster.namespace("soak"), folder)) {
      new CaIssuers(cluster).make(operator.namespace(), "mesh");
      var ca = operator.open("default", issuer("mesh"), Optional.empty(), Duration.ofSeconds(60));
      issueAll(ca, WARM_UP);
      awaitNoRequest(operator);
      var before = Ground.measured();
      var begun = System.nanoTime();

      var proxies = CERTIFICATES / 2;
      int distinct = issueAndRenewAll(ca, proxies);

      var seconds = (System.nanoTime() - begun) / 1e9;
      awaitNoRequest(operator);
      var after = Ground.measured();
      LOG.info(
          "{} certificates in {} s, {} a second; heap {} -> {} KiB, threads {} -> {}",
          2 * proxies,
          Math.round(seconds),
          Math.round(2 * proxies / seconds),
          before.heap() >> 10,
          after.heap() >> 10,
          before.threads(),
          after.threads());
      assertThat(distinct).as("each certificate is another").isEqualTo(2 * proxies);
      assertThat(after.heap() - before.heap()).as("bytes").isLessThan(HEAP_BOUND);
      assertThat(after.threads() - before.threads()).as("threads").isLessThan(THREAD_BOUND);
    }
  }

  private static void awaitNoRequest(Operator operator) {
    await("the requests in " + operator.namespace() + " to be deleted")
        .atMost(Duration.ofSeconds(60))
        .pollInterval(Duration.ofMillis(100))
        .untilAsserted(() -> assertThat(operator.requestNames()).isEmpty());
  }

  /** Returns how many certificates there were, and holds none. */
  private static int issueAndRenewAll(CertManagerCa ca, int proxies) throws Exception {
    var serials = issueAll(ca, proxies);
    serials.addAll(issueAll(ca, proxies));
    return serials.size();
  }

  /** One certificate for each proxy. */
  private static Set<String> issueAll(CertManagerCa ca, int proxies) throws Exception {
    var serials = new HashSet<String>();
    try (var threads = Executors.newFixedThreadPool(AT_ONCE, Thread.ofVirtual().factory())) {
      for (var issuing : start(threads, ca, proxies)) {
        serials.add(issuing.get());
      }
    }
    return serials;
  }

  private static List<Future<String>> start(
      ExecutorService threads, CertManagerCa ca, int proxies) {
    return IntStream.range(0, proxies)
        .mapToObj(number -> threads.submit(() -> ca.issue(proxy(number), HOUR).serial()))
        .toList();
  }
}
