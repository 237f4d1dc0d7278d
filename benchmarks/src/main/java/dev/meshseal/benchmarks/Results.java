package dev.meshseal.benchmarks;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What was measured, in the order in which it was. */
final class Results {
  private final Map<String, List<Object>> rounds = new LinkedHashMap<>();
  private final List<Verdict> verdicts = new ArrayList<>();

  /** Keeps a figure or a report of one round as it came. */
  void keep(String name, Object value) {
    rounds.computeIfAbsent(name, any -> new ArrayList<>()).add(value);
  }

  void judge(Verdict verdict) {
    verdicts.add(verdict);
    Context.say(
        "%s %s: %s (%s)"
            .formatted(
                verdict.met() ? "met   " : "MISSED",
                verdict.goal(),
                verdict.measured(),
                verdict.compared()));
  }

  Map<String, List<Object>> rounds() {
    return rounds;
  }

  List<Verdict> verdicts() {
    return verdicts;
  }
}
