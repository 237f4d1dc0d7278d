package dev.meshseal.benchmarks;

import dev.meshseal.benchmarks.fleet.FleetPlan;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Locale;
import java.util.Map;

/**
 * Every certificate of a mesh from cert-manager, anew, beside a bare client that asks cert-manager
 * for as many, in turns, with as many under way; and what each costs the API server in calls.
 */
final class CertManagerScenario implements Scenario {
  private static final int PROXIES = 500;
  private static final String REQUESTS = "certificaterequests";

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
    double callsAtFirst;
    double callsAtFirstWithThePod;
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
        var made = callsSince(cluster, before);
        callsAtFirst = each(results, "first certificates", made, REQUESTS, proxies);
        callsAtFirstWithThePod = each(results, "first connections", made, "", proxies);
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
          calls.add(each(results, "renewals", callsSince(cluster, place), "", proxies));
          bare.add(client.issue(proxies));
        }
      }
    }
    ours.forEach(rate -> results.keep("meshseal, certificates a second", rate));
    bare.forEach(rate -> results.keep("bare client, certificates a second", rate));
    judge(context, results, Median.of(ours), Median.of(bare));
    judgeCalls(results, "a certificate issued anew", Median.of(calls), "3; all calls counted");
    judgeCalls(
        results,
        "a first certificate",
        callsAtFirst,
        "3; with the token reviewed and the pod read, %s"
            .formatted(Verdict.number(callsAtFirstWithThePod)));
  }

  // The last requests are deleted just after the last certificate is pushed.
  private static Map<String, Long> callsSince(TestCluster cluster, long place) {
    MeshsealProcess.pause(Duration.ofSeconds(1));
    return cluster.auditLog().callsSince(place, TestCluster.SERVER);
  }

  private static double each(
      Results results, String what, Map<String, Long> made, String resource, int proxies) {
    results.keep("calls of the API server for %,d %s".formatted(proxies, what), made);
    return (double)
            made.entrySet().stream()
                .filter(call -> call.getKey().endsWith(resource))
                .mapToLong(Map.Entry::getValue)
                .sum()
        / proxies;
  }

  private void judge(Context context, Results results, double ours, double bare) {
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
  }

  private void judgeCalls(Results results, String certificate, double calls, String compared) {
    results.judge(
        Verdict.atMost(
            name(),
            "our calls of the API server for " + certificate + ", ≤ 3",
            calls,
            " calls",
            3,
            compared));
  }
}
