package dev.meshseal.benchmarks;

import java.util.ArrayList;
import java.util.List;

/** Twenty thousand streams on a hundred connections: a push to all of them. */
final class SharedScenario implements Scenario {
  private static final int STREAMS = 20_000;
  private static final int CONNECTIONS = 100;
  private static final int PUSHES = 10;

  @Override
  public String name() {
    return "shared";
  }

  @Override
  public void run(Context context, Results results) throws InterruptedException {
    int streams = context.scaled(STREAMS);
    int connections = context.scaled(CONNECTIONS);
    var ours = new ArrayList<Double>();
    var theirs = new ArrayList<Double>();
    for (int round = 0; round < context.rounds(); round++) {
      try (var peer = context.meshseal("default")) {
        pushes(context, results, peer, streams, connections, "meshseal", ours);
      }
      try (var peer = context.jcp(streams, JcpPeer.Clients.UNPROVED)) {
        pushes(context, results, peer, streams, connections, "java-control-plane", theirs);
      }
    }
    PushVerdicts.judge(
        results,
        name(),
        context.sized("shared connections, %s streams on %s", STREAMS, CONNECTIONS),
        ours,
        theirs,
        30_000);
  }

  private static void pushes(
      Context context,
      Results results,
      Peer peer,
      int streams,
      int connections,
      String who,
      List<Double> rates)
      throws InterruptedException {
    try (var fleet = context.fleet(peer, streams, connections, Context.TRUST)) {
      results.keep("open shared " + who, fleet.open());
      for (int i = 0; i < PUSHES; i++) {
        var push = fleet.mark(peer::push, Context.PATIENCE);
        results.keep("push shared " + who, push);
        rates.add(push.server().orElseThrow().pushesPerCpuSecond());
      }
    }
  }
}
