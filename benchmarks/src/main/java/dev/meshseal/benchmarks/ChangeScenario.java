package dev.meshseal.benchmarks;

import dev.meshseal.benchmarks.fleet.Fleet;
import dev.meshseal.benchmarks.fleet.ServerProcess;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A change of a Mesh: how soon idle streams have it, what a push costs with many streams, what it
 * costs the streams of another mesh, and what one that refuses everything gets.
 */
final class ChangeScenario implements Scenario {
  private static final int IDLE = 10;
  private static final int CHANGES = 20;
  private static final int FEW = 1_000;
  private static final int MANY = 10_000;
  private static final Duration QUIET = Duration.ofSeconds(5);

  @Override
  public String name() {
    return "change";
  }

  @Override
  public void run(Context context, Results results) throws InterruptedException {
    try (var peer = context.meshseal("default", "other")) {
      latency(context, results, peer);
      refusal(context, results, peer);
      cost(context, results, peer);
      isolation(context, results, peer);
    }
  }

  private void latency(Context context, Results results, MeshsealPeer peer)
      throws InterruptedException {
    var medians = new ArrayList<Double>();
    try (var fleet = context.fleet(peer, IDLE, IDLE, Context.TRUST)) {
      fleet.open();
      for (int i = 0; i < CHANGES; i++) {
        var push = fleet.mark(peer::push, Duration.ofSeconds(10));
        results.keep("change of a Mesh to idle streams", push);
        medians.add(push.latencyMillis().p50());
      }
    }
    results.judge(
        Verdict.atMost(
            name(),
            "a change of a Mesh file reaches an idle stream, median < 50 ms",
            Median.of(medians),
            " ms",
            50,
            "50 ms"));
  }

  private void cost(Context context, Results results, MeshsealPeer peer)
      throws InterruptedException {
    int few = context.scaled(FEW);
    int many = context.scaled(MANY);
    var fewCosts = new ArrayList<Double>();
    var manyCosts = new ArrayList<Double>();
    try (var small = context.fleet(peer, few, few, Context.TRUST)) {
      small.open();
      microsPerPush(small, peer, CHANGES);
      fewCosts.add(microsPerPush(small, peer, CHANGES * 2));
    }
    try (var large = context.fleet(peer, many, many, Context.TRUST)) {
      large.open();
      microsPerPush(large, peer, 2);
      manyCosts.add(microsPerPush(large, peer, CHANGES / 2));
    }
    try (var small = context.fleet(peer, few, few, Context.TRUST)) {
      small.open();
      fewCosts.add(microsPerPush(small, peer, CHANGES * 2));
    }
    fewCosts.forEach(micros -> results.keep("CPU-µs a push at %,d streams".formatted(few), micros));
    manyCosts.forEach(
        micros -> results.keep("CPU-µs a push at %,d streams".formatted(many), micros));
    double ratio = Median.of(manyCosts) / Median.of(fewCosts);
    results.judge(
        Verdict.atMost(
            name(),
            context.sized("a push at %s streams ÷ one at %s, ≤ 1.2", MANY, FEW),
            ratio,
            " ×",
            1.2,
            String.format(
                Locale.ROOT, "%.0f to %.0f CPU-µs", Median.of(manyCosts), Median.of(fewCosts))));
  }

  private static double microsPerPush(Fleet fleet, MeshsealPeer peer, int changes)
      throws InterruptedException {
    double cpu = 0;
    long pushes = 0;
    for (int i = 0; i < changes; i++) {
      var push = fleet.mark(peer::push, Context.PATIENCE);
      cpu += push.server().orElseThrow().cpuSeconds();
      pushes += push.responses();
    }
    return cpu / pushes * 1e6;
  }

  private void isolation(Context context, Results results, MeshsealPeer peer)
      throws InterruptedException {
    int many = context.scaled(MANY);
    double warmUp = changesOfOther(peer);
    results.keep("CPU-s for %d changes, warming up".formatted(CHANGES), warmUp);
    double alone = changesOfOther(peer);
    try (var fleet = context.fleet(peer, many, many, Context.TRUST)) {
      fleet.open();
      long before = fleet.responses();
      double beside = changesOfOther(peer);
      long seen = fleet.responses() - before;
      results.keep("CPU-s for %d changes of a mesh without streams".formatted(CHANGES), alone);
      results.keep(
          "CPU-s for %d changes beside %,d streams of another".formatted(CHANGES, many), beside);
      results.judge(
          Verdict.atMost(
              name(),
              context.sized("a change of one mesh: pushes to the %s streams of another, 0", MANY),
              (double) seen,
              " pushes",
              0,
              String.format(
                  Locale.ROOT,
                  "CPU-ms a change: %.1f beside %,d streams, %.1f without them",
                  beside / CHANGES * 1000,
                  many,
                  alone / CHANGES * 1000)));
    }
  }

  private static double changesOfOther(MeshsealPeer peer) {
    var process = new ServerProcess(peer.process().pid());
    double before = process.cpuSeconds();
    for (int i = 0; i < CHANGES; i++) {
      peer.change("other");
      MeshsealPeer.pause(Duration.ofMillis(200));
    }
    return process.cpuSeconds() - before;
  }

  private void refusal(Context context, Results results, MeshsealPeer peer)
      throws InterruptedException {
    try (var fleet = context.refusing(peer)) {
      fleet.open();
      MeshsealPeer.pause(QUIET);
      long first = fleet.responses();
      fleet.mark(peer::push, Duration.ofSeconds(10));
      long second = fleet.responses();
      results.keep("answers to one who refuses everything", List.of(first, second));
      results.judge(
          new Verdict(
              name(),
              "a client that refuses everything gets no second answer until there is something new",
              "%d in %d s, %d after a change".formatted(first, QUIET.toSeconds(), second),
              "1, then 2",
              first == 1 && second == 2));
    }
  }
}
