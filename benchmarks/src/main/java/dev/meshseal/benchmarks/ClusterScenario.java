package dev.meshseal.benchmarks;

import dev.meshseal.benchmarks.fleet.FleetPlan;
import dev.meshseal.benchmarks.fleet.ServerProcess;
import java.time.Duration;
import java.util.ArrayList;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** A cluster of many pods and meshes, of which few connect: start, memory, and a changed Mesh. */
final class ClusterScenario implements Scenario {
  private static final int PODS = 10_000;
  private static final int MESHES = 100;
  private static final int CONNECTED = 10;
  private static final int CHANGES = 20;
  private static final String MESH = "/apis/kuma.io/v1alpha1/meshes/default";

  @Override
  public String name() {
    return "cluster";
  }

  @Override
  public void run(Context context, Results results) throws InterruptedException {
    var ready = new ArrayList<Double>();
    var rss = new ArrayList<Double>();
    var changes = new ArrayList<Double>();
    double first;
    try (var cluster = TestCluster.start(context)) {
      fill(context, cluster);
      var tokens = cluster.podTokens(Math.min(CONNECTED, context.scaled(PODS)));
      try (var server = cluster.meshseal()) {
        first = server.secondsToReady();
        results.keep("seconds to ready, every CA made", first);
      }
      for (int round = 0; round < context.rounds(); round++) {
        try (var server = cluster.meshseal();
            var fleet =
                TestCluster.fleet(server, tokens, Context.TRUST, FleetPlan.Behaviour.OBEDIENT)) {
          ready.add(server.secondsToReady());
          results.keep("connected pods", fleet.open());
          for (int change = 0; change < CHANGES; change++) {
            boolean second = change % 2 == 0;
            var push = fleet.mark(() -> change(cluster.api(), second), Duration.ofSeconds(10));
            results.keep("change of a Mesh at the API server", push);
            if (push.reached() > 0) {
              changes.add(push.latencyMillis().p50());
            }
          }
          rss.add(new ServerProcess(server.child().pid()).memory().rss() * 1024 / 1e6);
        }
      }
    }
    ready.forEach(seconds -> results.keep("seconds to ready, CAs there", seconds));
    rss.forEach(megabytes -> results.keep("RSS in MB after the changes", megabytes));
    var size = context.sized("%s pods and %s meshes", PODS, MESHES);
    results.judge(
        Verdict.atMost(name(), size + ": ready for the first time, < 5 s", first, " s", 5, "5 s"));
    results.judge(
        Verdict.atMost(name(), size + ": ready again, < 5 s", Median.of(ready), " s", 5, "5 s"));
    results.judge(
        Verdict.atMost(name(), size + ": RSS, < 300 MB", Median.of(rss), " MB", 300, "300 MB"));
    results.judge(
        Verdict.atMost(
            name(),
            size + ": a Mesh changed at the API server reaches a stream, median < 100 ms",
            Median.of(changes),
            " ms",
            100,
            "100 ms, the call that changes it included"));
  }

  private static void fill(Context context, TestCluster cluster) throws InterruptedException {
    cluster.apply(
        IntStream.range(0, context.scaled(MESHES))
            .mapToObj(number -> TestCluster.builtinMesh(number == 0 ? "default" : "m-" + number))
            .collect(Collectors.joining("---\n")));
    long start = System.nanoTime();
    cluster.createPods(context.scaled(PODS));
    Context.say(
        "%d pods created in %d s"
            .formatted(context.scaled(PODS), (System.nanoTime() - start) / 1_000_000_000));
  }

  /** Another root in the bundle, or one less. */
  private static void change(ApiClient api, boolean second) {
    api.mergePatch(
        MESH,
        """
        {"spec": {"mtls": {"backends": [{"name": "ca-1", "type": "builtin"}%s]}}}
        """
            .formatted(second ? ", {\"name\": \"ca-2\", \"type\": \"builtin\"}" : ""));
  }
}
