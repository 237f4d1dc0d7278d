package dev.meshseal.benchmarks;

import java.util.Locale;

/**
 * A goal and what was measured.
 *
 * @param goal what must hold, in words
 * @param measured with its unit
 * @param compared the peer's figure of the same run, or the bound
 */
record Verdict(String scenario, String goal, String measured, String compared, boolean met) {
  static Verdict atLeast(
      String scenario, String goal, double value, String unit, double bound, String compared) {
    return new Verdict(scenario, goal, number(value) + unit, compared, value >= bound);
  }

  static Verdict atMost(
      String scenario, String goal, double value, String unit, double bound, String compared) {
    return new Verdict(scenario, goal, number(value) + unit, compared, value <= bound);
  }

  static String number(double value) {
    return String.format(Locale.ROOT, Math.abs(value) >= 100 ? "%,.0f" : "%.2f", value);
  }
}
