package dev.meshseal.benchmarks;

import dev.meshseal.benchmarks.fleet.FleetPlan;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Proxies whose certificates are good lose their server to {@code kill -9} and come back to the
 * next; and they come back to one that was there all the time.
 */
final class RestartScenario implements Scenario {
  private static final int PROXIES = 1_000;
  private static final FleetPlan.Behaviour COMES_BACK = new FleetPlan.Behaviour(false, true, false);
  private static final String CREATE = "create certificaterequests";

  @Override
  public String name() {
    return "restart";
  }

  @Override
  public void run(Context context, Results results) throws InterruptedException {
    int proxies = context.scaled(PROXIES);
    var afterRestart = new ArrayList<Long>();
    var afterReconnect = new ArrayList<Long>();
    try (var cluster = TestCluster.start(context)) {
      cluster.certManager();
      cluster.certManagerMesh();
      cluster.createPods(proxies);
      var tokens = cluster.podTokens(proxies);
      for (int round = 0; round < context.rounds(); round++) {
        try (var server = cluster.meshseal()) {
          connect(results, "proxies that come for the first time", server, tokens);
          long place = cluster.auditLog().end();
          connect(results, "proxies that come back", server, tokens);
          afterReconnect.add(requestsSince(cluster, place));
          afterRestart.add(restart(cluster, results, server, tokens));
        }
      }
    }
    afterReconnect.forEach(
        requests -> results.keep("CertificateRequests after a reconnect", requests));
    afterRestart.forEach(requests -> results.keep("CertificateRequests after a restart", requests));
    results.judge(
        Verdict.atMost(
            name(),
            context.sized(
                "%s proxies with good certificates, server restarted: CertificateRequests, at"
                    + " most one for each",
                PROXIES),
            (double) afterRestart.stream().mapToLong(Long::longValue).max().orElseThrow(),
            " requests",
            proxies,
            "%,d".formatted(proxies)));
    results.judge(
        Verdict.atMost(
            name(),
            context.sized("%s proxies reconnect, no restart: CertificateRequests, 0", PROXIES),
            (double) afterReconnect.stream().mapToLong(Long::longValue).max().orElseThrow(),
            " requests",
            0,
            "0"));
  }

  private static void connect(
      Results results, String what, MeshsealProcess server, List<String> tokens)
      throws InterruptedException {
    try (var fleet =
        TestCluster.fleet(server, tokens, Context.IDENTITY, FleetPlan.Behaviour.OBEDIENT)) {
      var report = fleet.open();
      results.keep(what, report);
      requireAll(report.served(), tokens.size());
    }
  }

  private static long restart(
      TestCluster cluster, Results results, MeshsealProcess server, List<String> tokens)
      throws InterruptedException {
    try (var fleet = TestCluster.fleet(server, tokens, Context.IDENTITY, COMES_BACK)) {
      fleet.open();
      long place = cluster.auditLog().end();
      long start = System.nanoTime();
      server.crashAndStartAgain();
      long deadline = start + Context.PATIENCE.toNanos();
      while (fleet.served() < tokens.size() && System.nanoTime() < deadline) {
        MeshsealProcess.pause(Duration.ofMillis(50));
      }
      results.keep(
          "seconds from kill -9 until every proxy is served again",
          (System.nanoTime() - start) / 1e9);
      requireAll(fleet.served(), tokens.size());
      return requestsSince(cluster, place);
    }
  }

  private static void requireAll(int served, int proxies) {
    if (served < proxies) {
      throw new IllegalStateException(
          "only %d of %d proxies were served".formatted(served, proxies));
    }
  }

  private static long requestsSince(TestCluster cluster, long place) {
    MeshsealProcess.pause(Duration.ofSeconds(2));
    return cluster.auditLog().callsSince(place, TestCluster.SERVER).getOrDefault(CREATE, 0L);
  }
}
