package dev.meshseal.benchmarks.fleet;

import java.util.StringJoiner;

/** The report for a person. */
final class Table {
  private Table() {}

  static String of(FleetCommand.Report report) {
    var lines = new StringJoiner(System.lineSeparator());
    var opened = report.opened();
    lines.add(
        "streams      %,d on %,d connections, %,d served in %.2f s"
            .formatted(
                opened.streams(), opened.connections(), opened.served(), opened.wallSeconds()));
    lines.add("first secret " + millis(opened.firstSecretMillis()));
    lines.add("distinct     %,d".formatted(opened.distinctSecrets()));
    opened
        .server()
        .ifPresent(
            cost ->
                lines.add(
                    "server       %.2f CPU-s, %.1f streams a CPU-s, %.1f KiB a stream (%.1f without files)"
                        .formatted(
                            cost.cpuSeconds(),
                            cost.streamsPerCpuSecond(),
                            cost.rssKibPerStream(),
                            cost.anonymousKibPerStream())));
    for (var push : report.pushes()) {
      lines.add(
          "push         %,d responses to %,d streams, %s%s"
              .formatted(
                  push.responses(),
                  push.reached(),
                  millis(push.latencyMillis()),
                  push.server()
                      .map(cost -> ", %.1f a CPU-s".formatted(cost.pushesPerCpuSecond()))
                      .orElse("")));
    }
    lines.add("responses    %,d in all".formatted(report.responses()));
    report
        .failures()
        .forEach((reason, count) -> lines.add("failed       %,d: %s".formatted(count, reason)));
    return lines.toString();
  }

  private static String millis(Percentiles times) {
    return "p50 %.1f, p90 %.1f, p99 %.1f, max %.1f ms"
        .formatted(times.p50(), times.p90(), times.p99(), times.max());
  }
}
