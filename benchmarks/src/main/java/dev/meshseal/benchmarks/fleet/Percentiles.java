package dev.meshseal.benchmarks.fleet;

import java.util.Arrays;

/** Milliseconds below which a share of the measured times lie; all zero where there were none. */
public record Percentiles(double p50, double p90, double p99, double max) {
  public static Percentiles ofNanos(long[] nanos) {
    var sorted = nanos.clone();
    Arrays.sort(sorted);
    return new Percentiles(at(sorted, 0.5), at(sorted, 0.9), at(sorted, 0.99), at(sorted, 1));
  }

  private static double at(long[] sorted, double share) {
    if (sorted.length == 0) {
      return 0;
    }
    int index = (int) Math.ceil(share * sorted.length) - 1;
    return Math.round(sorted[Math.max(0, index)] / 1e4) / 100.0;
  }
}
