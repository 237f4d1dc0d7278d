package dev.meshseal.benchmarks.fleet;

import java.util.Optional;

/**
 * What reached the fleet after a mark.
 *
 * @param reached streams that got at least one response
 * @param latencyMillis from the mark to the first response of each stream
 */
public record PushReport(
    long responses,
    int reached,
    int expected,
    Percentiles latencyMillis,
    double firstMillis,
    Optional<Cost> server) {

  public record Cost(double cpuSeconds, double pushesPerCpuSecond) {}
}
