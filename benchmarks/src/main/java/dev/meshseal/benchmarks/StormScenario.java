package dev.meshseal.benchmarks;

import dev.meshseal.benchmarks.fleet.OpenReport;
import dev.meshseal.benchmarks.fleet.ServerProcess;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Ten thousand sidecars against a server that has just started, on a connection each; then changes
 * pushed to all of them. Meshseal checks a token and issues a leaf for each; java-control-plane
 * does neither.
 */
final class StormScenario implements Scenario {
  private static final int STREAMS = 10_000;
  private static final int PUSHES = 5;

  private final List<Double> heap = new ArrayList<>();
  private final List<Double> rss = new ArrayList<>();
  private final List<Double> opened = new ArrayList<>();
  private final List<Double> openedByJcp = new ArrayList<>();
  private final List<Double> openedByJcpOverMutualTls = new ArrayList<>();
  private final List<Double> renewed = new ArrayList<>();
  private final List<Double> pushed = new ArrayList<>();
  private final List<Double> pushedByJcp = new ArrayList<>();
  private final List<Double> idle = new ArrayList<>();

  @Override
  public String name() {
    return "storm";
  }

  @Override
  public void run(Context context, Results results) throws InterruptedException {
    int streams = context.scaled(STREAMS);
    for (int round = 0; round < context.rounds(); round++) {
      Context.say("round %d of %d, meshseal".formatted(round + 1, context.rounds()));
      try (var meshseal = context.meshseal("default")) {
        meshseal(context, results, meshseal, streams);
      }
      Context.say("round %d of %d, java-control-plane".formatted(round + 1, context.rounds()));
      try (var jcp = context.jcp(streams, JcpPeer.Clients.UNPROVED)) {
        openedByJcp.add(storm(context, results, jcp, streams, "storm java-control-plane"));
        pushes(context, results, jcp, streams, "push own java-control-plane", pushedByJcp);
      }
      Context.say(
          "round %d of %d, java-control-plane over mutual TLS"
              .formatted(round + 1, context.rounds()));
      try (var jcp = context.jcp(streams, JcpPeer.Clients.PROVED)) {
        openedByJcpOverMutualTls.add(
            storm(context, results, jcp, streams, "storm java-control-plane over mutual TLS"));
      }
    }
    judge(context, results);
  }

  private void meshseal(Context context, Results results, MeshsealPeer peer, int streams)
      throws InterruptedException {
    MeshsealPeer.pause(Duration.ofSeconds(3));
    var process = new ServerProcess(peer.process().pid());
    double rssIdle = process.memory().rss() / 1024.0;
    idle.add(rssIdle);
    results.keep("idle RSS MiB", rssIdle);
    // The first streams load classes and make buffers that ten thousand more will share.
    try (var first = context.fleet(peer, 20, 20, Context.IDENTITY)) {
      first.open();
    }
    long heapBefore = peer.process().liveHeap();
    try (var fleet = context.fleet(peer, streams, streams, Context.IDENTITY)) {
      var report = fleet.open();
      keep(results, "storm meshseal", report);
      opened.add(report.server().orElseThrow().streamsPerCpuSecond());
      rss.add(report.server().orElseThrow().rssKibPerStream());
      double bytes = (double) (peer.process().liveHeap() - heapBefore) / report.served();
      heap.add(bytes / 1000);
      results.keep("heap KB per stream", bytes / 1000);
      results.keep("RSS MiB with all streams, after a collection", process.memory().rss() / 1024);
      for (int i = 0; i < PUSHES; i++) {
        var push = fleet.mark(peer::renewAll, Context.PATIENCE);
        results.keep("renew all", push);
        renewed.add(push.server().orElseThrow().pushesPerCpuSecond());
      }
    }
    pushes(context, results, peer, streams, "push own meshseal", pushed);
  }

  private static double storm(Context context, Results results, Peer peer, int streams, String name)
      throws InterruptedException {
    try (var first = context.fleet(peer, 20, 20, Context.IDENTITY)) {
      first.open();
    }
    try (var fleet = context.fleet(peer, streams, streams, Context.IDENTITY)) {
      var report = fleet.open();
      keep(results, name, report);
      return report.server().orElseThrow().streamsPerCpuSecond();
    }
  }

  private static void keep(Results results, String name, OpenReport report) {
    results.keep(name, report);
    if (report.served() != report.streams()) {
      Context.say(
          "%s: only %d of %d streams were served: %s"
              .formatted(name, report.served(), report.streams(), report.failures()));
    }
  }

  private static void pushes(
      Context context, Results results, Peer peer, int streams, String name, List<Double> rates)
      throws InterruptedException {
    try (var fleet = context.fleet(peer, streams, streams, Context.TRUST)) {
      fleet.open();
      for (int i = 0; i < PUSHES; i++) {
        var push = fleet.mark(peer::push, Context.PATIENCE);
        results.keep(name, push);
        rates.add(push.server().orElseThrow().pushesPerCpuSecond());
      }
    }
  }

  private void judge(Context context, Results results) {
    double ours = Median.of(opened);
    double theirs = Median.of(openedByJcp);
    double theirsOverMutualTls = Median.of(openedByJcpOverMutualTls);
    results.judge(
        Verdict.atMost(
            name(),
            context.sized("heap a stream at %s, ≤ 12 KB", STREAMS),
            Median.of(heap),
            " KB",
            12,
            "12 KB"));
    results.judge(
        Verdict.atMost(
            name(),
            context.sized("RSS growth a stream at %s, ≤ 20 KiB", STREAMS),
            Median.of(rss),
            " KiB",
            20,
            "20 KiB"));
    results.judge(
        Verdict.atLeast(
            name(),
            context.sized(
                "%s streams opened a CPU-s from a cold start ÷ java-control-plane's over mutual"
                    + " TLS, ≥ 1.5",
                STREAMS),
            ours / theirsOverMutualTls,
            " ×",
            1.5,
            String.format(Locale.ROOT, "%,.0f to %,.0f a CPU-s", ours, theirsOverMutualTls)));
    results.judge(
        Verdict.atLeast(
            name(),
            "the same ÷ java-control-plane's that asks no client who it is, ≥ 1.5",
            ours / theirs,
            " ×",
            1.5,
            String.format(Locale.ROOT, "%,.0f to %,.0f a CPU-s", ours, theirs)));
    results.judge(
        Verdict.atLeast(
            name(),
            "aim: streams opened a CPU-s, go-control-plane's 720 to 910 without issuance",
            ours,
            " a CPU-s",
            720,
            "720"));
    results.judge(
        Verdict.atLeast(
            name(),
            "every leaf issued and pushed anew, ≥ 5,000 a CPU-s",
            Median.of(renewed),
            " a CPU-s",
            5000,
            "5,000"));
    PushVerdicts.judge(
        results,
        name(),
        context.sized("own connections, %s", STREAMS),
        pushed,
        pushedByJcp,
        15_000);
    results.judge(
        Verdict.atMost("start", "idle RSS, < 200 MB", Median.of(idle), " MiB", 190, "190 MiB"));
  }
}
