package dev.meshseal.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** {@code benchmarks/run}. */
@Command(
    name = "run",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    usageHelpWidth = 100,
    description =
        "Measures Meshseal and its peers in turns on this machine, on loopback, and says which"
            + " goals are met. What counts is the CPU time of the server's process.",
    footer = {
      "",
      "Scenarios: leaf, start, at-once, change, storm, shared, and on a Kubernetes API server"
          + " certmanager, cluster, restart. The first six take about a quarter of an hour on two"
          + " quiet cores, the others as long again; building the API server, the first time,"
          + " a quarter more.",
      "",
      "Exit codes: 0 it was measured, whatever was found; 1 it could not be; 2 wrong usage."
    })
public final class Run implements Callable<Integer> {
  private static final List<Scenario> SCENARIOS =
      List.of(
          new LeafScenario(),
          new StartScenario(),
          new AtOnceScenario(),
          new ChangeScenario(),
          new StormScenario(),
          new SharedScenario(),
          new CertManagerScenario(),
          new ClusterScenario(),
          new RestartScenario());

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--only",
      split = ",",
      paramLabel = "SCENARIO",
      description = "These alone; all where left out.")
  private List<String> only = List.of();

  @Option(
      names = "--rounds",
      defaultValue = "3",
      paramLabel = "N",
      description = "Rounds of each, in turns; medians count (${DEFAULT-VALUE}).")
  private int rounds;

  @Option(
      names = "--scale",
      defaultValue = "1",
      paramLabel = "F",
      description = "Size of the fleets; 0.1 for a try (${DEFAULT-VALUE}).")
  private double scale;

  @Option(names = "--publish", description = "Write the table into docs/benchmarks.md.")
  private boolean publishes;

  @Option(names = "--tree", required = true, hidden = true)
  private Optional<Path> tree = Optional.empty();

  public static void main(String[] arguments) {
    System.exit(
        new CommandLine(new Run())
            .setExecutionExceptionHandler(
                (failed, command, result) -> {
                  failed.printStackTrace(command.getErr());
                  return 1;
                })
            .execute(arguments));
  }

  /** What is kept of a run. */
  record Report(
      String date,
      Machine machine,
      String loadAfter,
      List<Verdict> verdicts,
      Map<String, List<Object>> rounds) {}

  @Override
  public Integer call() throws IOException, InterruptedException {
    var root = tree.orElseThrow();
    var chosen =
        SCENARIOS.stream().filter(each -> only.isEmpty() || only.contains(each.name())).toList();
    if (chosen.size() < only.size() || chosen.isEmpty()) {
      throw new CommandLine.ParameterException(
          spec.commandLine(),
          "--only knows %s, got %s"
              .formatted(SCENARIOS.stream().map(Scenario::name).toList(), only));
    }
    var work = Files.createTempDirectory("meshseal-benchmarks-");
    var context =
        new Context(
            root.resolve("meshseal"), root.resolve("benchmarks/target"), work, rounds, scale);
    var date = Instant.now().truncatedTo(ChronoUnit.MINUTES).toString();
    var machine = Machine.here();
    var results = new Results();
    for (var scenario : chosen) {
      Context.say(scenario.name());
      scenario.run(context, results);
    }
    var load = Machine.loadNow();
    write(root, new Report(date, machine, load, results.verdicts(), results.rounds()));
    var table = ResultsPage.table(machine, date, load, results.verdicts());
    if (publishes) {
      ResultsPage.publish(root.resolve("docs/benchmarks.md"), table);
    }
    spec.commandLine().getOut().println(table);
    return 0;
  }

  private static void write(Path root, Report report) throws IOException {
    var folder = Files.createDirectories(root.resolve("benchmarks/results"));
    Files.writeString(
        folder.resolve("latest.json"),
        JsonMapper.builder()
            .enable(SerializationFeature.INDENT_OUTPUT)
            .build()
            .writeValueAsString(report));
  }
}
