package dev.meshseal.benchmarks;

import dev.meshseal.benchmarks.fleet.Fleet;
import dev.meshseal.benchmarks.fleet.FleetPlan;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * Every certificate of a mesh from cert-manager, anew, beside a bare client that asks cert-manager
 * for as many, in turns, with as many under way; and what each costs the API server in calls. The
 * cluster has a core to itself, as it has machines of its own elsewhere.
 */
final class CertManagerScenario implements Scenario {
  private static final int PROXIES = 500;

  /** Turns of both that do not count: one runs for years, and both run on a JVM. */
  private static final int WARM_UP = 4;

  /** cert-manager still writes events when the last certificate has long been issued. */
  private static final Duration REST = Duration.ofSeconds(3);

  private static final String REQUESTS = "certificaterequests";

  @Override
  public String name() {
    return "certmanager";
  }

  @Override
  public void run(Context context, Results results) throws InterruptedException {
    int proxies = context.scaled(PROXIES);
    try (var cluster = TestCluster.start(context)) {
      cluster.certManager();
      cluster.certManagerMesh();
      cluster.createPods(proxies);
      var tokens = cluster.podTokens(proxies);
      try (var server = cluster.meshseal();
          var client = new BareClient(cluster.bare());
          var fleet =
              TestCluster.fleet(server, tokens, Context.IDENTITY, FleetPlan.Behaviour.OBEDIENT)) {
        come(results, cluster, fleet, proxies);
        try (var core = cluster.ownCore()) {
          results.keep("the cluster alone has core", core.cores());
          for (int turn = 0; turn < WARM_UP; turn++) {
            results.keep(
                "warming up, certificates a second",
                Turn.of(results, cluster, server, fleet, client, proxies));
          }
          var turns = new ArrayList<Turn>();
          for (int turn = 0; turn < context.rounds(); turn++) {
            turns.add(Turn.of(results, cluster, server, fleet, client, proxies));
            results.keep("certificates a second", turns.getLast());
          }
          judge(context, results, turns);
        }
      }
    }
  }

  private void come(Results results, TestCluster cluster, Fleet fleet, int proxies)
      throws InterruptedException {
    long before = cluster.auditLog().end();
    results.keep("certmanager: proxies that come for the first time", fleet.open());
    var made = callsSince(cluster, before);
    double withThePod = each(results, "first connections", made, "", proxies);
    judgeCalls(
        results,
        "a first certificate",
        each(results, "first certificates", made, REQUESTS, proxies),
        "3; with the token reviewed and the pod read, %s".formatted(Verdict.number(withThePod)));
  }

  /** Every certificate anew, then as many for the bare client; our calls are for a certificate. */
  private record Turn(double meshseal, double bare, double calls) {
    static Turn of(
        Results results,
        TestCluster cluster,
        MeshsealProcess server,
        Fleet fleet,
        BareClient client,
        int proxies)
        throws InterruptedException {
      MeshsealProcess.pause(REST);
      long place = cluster.auditLog().end();
      double meshseal = renewAll(results, server, fleet, proxies);
      double calls = each(results, "renewals", callsSince(cluster, place), "", proxies);
      MeshsealProcess.pause(REST);
      return new Turn(meshseal, client.issue(proxies), calls);
    }

    static double median(List<Turn> turns, ToDoubleFunction<Turn> value) {
      return Median.of(turns.stream().map(value::applyAsDouble).toList());
    }
  }

  private static double renewAll(Results results, MeshsealProcess server, Fleet fleet, int proxies)
      throws InterruptedException {
    var push = fleet.mark(server::renewAll, Context.PATIENCE);
    results.keep("certmanager: every certificate anew", push);
    if (push.reached() < proxies) {
      throw new IllegalStateException(
          "only %d of %d certificates came".formatted(push.reached(), proxies));
    }
    return proxies / (push.latencyMillis().max() / 1000);
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

  private void judge(Context context, Results results, List<Turn> turns) {
    double ours = Turn.median(turns, Turn::meshseal);
    double bare = Turn.median(turns, Turn::bare);
    results.judge(
        Verdict.atLeast(
            name(),
            context.sized(
                "%s certificates anew from cert-manager a second ÷ a bare client's, ≥ 0.95",
                PROXIES),
            Turn.median(turns, turn -> turn.meshseal() / turn.bare()),
            " ×",
            0.95,
            String.format(Locale.ROOT, "median of the turns; %.1f to %.1f a second", ours, bare)));
    judgeCalls(
        results,
        "a certificate issued anew",
        Turn.median(turns, Turn::calls),
        "3; all calls counted");
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
