package dev.meshseal.benchmarks;

import dev.meshseal.benchmarks.fleet.FleetPlan;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Locale;
import java.util.Map;

/**
 * Every certificate of a mesh from cert-manager, anew, beside a bare client that asks cert-manager
 * for as many, in turns, with as many under way; and what each costs the API server in calls.
 */
final class CertManagerScenario implements Scenario {
  private static final int PROXIES = 500;

  @Override
  public String name() {
    return "certmanager";
  }

  @Override
  public void run(Context context, Results results) throws InterruptedException {
    int proxies = context.scaled(PROXIES);
    var ours = new ArrayList<Double>();
    var bare = new ArrayList<Double>();
    var calls = new ArrayList<Double>();
    try (var cluster = TestCluster.start(context)) {
      cluster.certManager();
      cluster.certManagerMesh();
      cluster.createPods(proxies);
      var tokens = cluster.podTokens(proxies);
      try (var server = cluster.meshseal();
          var client = new BareClient(cluster.bare());
          var fleet =
              TestCluster.fleet(server, tokens, Context.IDENTITY, FleetPlan.Behaviour.OBEDIENT)) {
        long before = cluster.auditLog().end();
        results.keep("certmanager: proxies that come for the first time", fleet.open());
        keepCalls(results, "first certificates", calls, callsSince(cluster, before), proxies);
        results.keep("bare client, warming up, certificates a second", client.issue(proxies));
        for (int round = 0; round < context.rounds(); round++) {
          long place = cluster.auditLog().end();
          var push = fleet.mark(server::renewAll, Context.PATIENCE);
          results.keep("certmanager: every certificate anew", push);
          if (push.reached() < proxies) {
            throw new IllegalStateException(
                "only %d of %d certificates came".formatted(push.reached(), proxies));
          }
          ours.add(proxies / (push.latencyMillis().max() / 1000));
          keepCalls(results, "renewals", calls, callsSince(cluster, place), proxies);
          bare.add(client.issue(proxies));
        }
      }
    }
    ours.forEach(rate -> results.keep("meshseal, certificates a second", rate));
    bare.forEach(rate -> results.keep("bare client, certificates a second", rate));
    judge(context, results, Median.of(ours), Median.of(bare), calls);
  }

  // The last requests are deleted just after the last certificate is pushed.
  private static Map<String, Long> callsSince(TestCluster cluster, long place) {
    MeshsealProcess.pause(Duration.ofSeconds(1));
    return cluster.auditLog().callsSince(place, TestCluster.SERVER);
  }

  private static void keepCalls(
      Results results, String what, Collection<Double> calls, Map<String, Long> made, int proxies) {
    results.keep("calls of the API server for %d %s".formatted(proxies, what), made);
    calls.add((double) made.values().stream().mapToLong(Long::longValue).sum() / proxies);
  }

  private void judge(
      Context context, Results results, double ours, double bare, Collection<Double> calls) {
    results.judge(
        Verdict.atLeast(
            name(),
            context.sized(
                "%s certificates anew from cert-manager a second ÷ a bare client's, ≥ 0.95",
                PROXIES),
            ours / bare,
            " ×",
            0.95,
            String.format(Locale.ROOT, "%.1f to %.1f a second", ours, bare)));
    results.judge(
        Verdict.atMost(
            name(),
            "our calls of the API server for a certificate, in the worst round, ≤ 3",
            calls.stream().mapToDouble(Double::doubleValue).max().orElseThrow(),
            " calls",
            3,
            "3"));
  }
}
