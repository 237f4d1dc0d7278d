package dev.meshseal.benchmarks;

import java.util.ArrayList;

/** A thousand sidecars in the same moment, on a server that has just started. */
final class AtOnceScenario implements Scenario {
  private static final int STREAMS = 1_000;

  @Override
  public String name() {
    return "at-once";
  }

  @Override
  public void run(Context context, Results results) throws InterruptedException {
    int streams = context.scaled(STREAMS);
    var cold = new ArrayList<Double>();
    var again = new ArrayList<Double>();
    for (int round = 0; round < context.rounds(); round++) {
      try (var peer = context.meshseal("default")) {
        try (var fleet = context.fleet(peer, streams, streams, Context.IDENTITY, streams)) {
          var report = fleet.open();
          results.keep("at once, server just started", report);
          cold.add(report.firstSecretMillis().p99());
        }
        try (var fleet = context.fleet(peer, streams, streams, Context.IDENTITY, streams)) {
          var report = fleet.open();
          results.keep("at once, a second time", report);
          again.add(report.firstSecretMillis().p99());
        }
      }
    }
    results.judge(
        Verdict.atMost(
            name(),
            context.sized(
                "%s sidecars at once on a server just started: P99 to the first secret, < 1 s",
                STREAMS),
            Median.of(cold),
            " ms",
            1000,
            "1,000 ms; Kuma 63,000 to 85,000"));
    results.judge(
        Verdict.atMost(
            name(),
            context.sized("the same a second time, %s sidecars, < 1 s", STREAMS),
            Median.of(again),
            " ms",
            1000,
            "1,000 ms"));
  }
}
