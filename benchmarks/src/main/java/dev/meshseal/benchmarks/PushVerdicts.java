package dev.meshseal.benchmarks;

import java.util.List;
import java.util.Locale;

/** The two goals that pushes have on either kind of connection. */
final class PushVerdicts {
  private PushVerdicts() {}

  static void judge(
      Results results,
      String scenario,
      String connections,
      List<Double> ours,
      List<Double> theirs,
      double aim) {
    double own = Median.of(ours);
    double peer = Median.of(theirs);
    results.judge(
        Verdict.atLeast(
            scenario,
            "pushes a CPU-s on %s ÷ java-control-plane's, ≥ 2".formatted(connections),
            own / peer,
            " ×",
            2,
            String.format(Locale.ROOT, "%,.0f to %,.0f a CPU-s", own, peer)));
    results.judge(
        Verdict.atLeast(
            scenario,
            String.format(Locale.ROOT, "aim: pushes a CPU-s on %s, %,.0f", connections, aim),
            own,
            " a CPU-s",
            aim,
            String.format(Locale.ROOT, "%,.0f", aim)));
  }
}
