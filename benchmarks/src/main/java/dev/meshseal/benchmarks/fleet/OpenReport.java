package dev.meshseal.benchmarks.fleet;

import java.util.Map;
import java.util.Optional;

/**
 * How the fleet came up.
 *
 * @param served streams that have all their secrets
 * @param failures by reason
 * @param distinctSecrets how many different contents the first name of the streams had
 */
public record OpenReport(
    int streams,
    int connections,
    int served,
    Map<String, Long> failures,
    double wallSeconds,
    Percentiles firstSecretMillis,
    int distinctSecrets,
    Optional<ServerCost> server) {

  /** What it cost the server. Memory is growth, in KiB for each stream served. */
  public record ServerCost(
      double cpuSeconds,
      double streamsPerCpuSecond,
      double rssKibPerStream,
      double anonymousKibPerStream,
      long rssMib) {}
}
