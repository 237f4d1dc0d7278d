package dev.meshseal.cli;

import dev.meshseal.identity.DataplaneId;
import dev.meshseal.server.admin.ExplainReport;
import dev.meshseal.server.admin.Explanation;
import dev.meshseal.server.admin.Finding;
import dev.meshseal.server.admin.Json;
import dev.meshseal.server.admin.PairExplanation;
import dev.meshseal.server.admin.Step;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code meshseal explain}. */
@Command(
    name = "explain",
    description = {
      "Tell why a proxy has, or has not, its certificate.",
      "With two proxies: tell whether they can talk, and by which root."
    },
    footer = {
      "",
      "Examples:",
      "  meshseal explain default/web-1",
      "  meshseal explain default/web-1 default/backend-1",
      "  meshseal explain default/web-1 -o json",
      "",
      "Exit codes: 0 all is well; 1 a step failed; 3 the server cannot be reached."
    })
final class ExplainCommand implements Callable<Integer> {
  /** How it is told. */
  enum Output {
    TEXT,
    JSON;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  @Parameters(
      paramLabel = "MESH/DATAPLANE",
      arity = "1..2",
      description = "One proxy, or two that should talk.")
  private List<String> proxies = List.of();

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      defaultValue = "text",
      description = "One of: ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
  private Output output = Output.TEXT;

  @Mixin private AdminOptions admin = new AdminOptions();

  private final Console console;

  ExplainCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    var ids = proxies.stream().map(ExplainCommand::id).toList();
    var other = ids.size() == 2 ? "&with=" + AdminClient.encoded(ids.getLast().toString()) : "";
    var client = admin.client(console);
    var json =
        client.get(
            "/api/v1/explain/%s/%s?now=%s%s"
                .formatted(
                    ids.getFirst().mesh(),
                    ids.getFirst().name(),
                    AdminClient.encoded(Instant.now().toString()),
                    other));
    var report = client.convert(json, ExplainReport.class);
    switch (output) {
      case JSON -> console.print(Json.pretty(json));
      case TEXT -> print(report);
    }
    return report.good() ? ExitCode.DONE : ExitCode.NO;
  }

  private static DataplaneId id(String text) {
    try {
      var id = DataplaneId.parse(text);
      if (!text.matches("[A-Za-z0-9._-]+/[A-Za-z0-9._-]+")) {
        throw CliException.wrongUsage(
            "a name has only A-Z a-z 0-9 . _ -, got '%s'".formatted(text));
      }
      return id;
    } catch (IllegalArgumentException malformed) {
      throw CliException.wrongUsage(String.valueOf(malformed.getMessage()));
    }
  }

  private void print(ExplainReport report) {
    report.proxies().forEach(this::print);
    report.pair().ifPresent(this::print);
  }

  private void print(Explanation explanation) {
    console.print(Words.clean(explanation.dataplane()));
    explanation.steps().forEach(this::print);
    print(explanation.finding());
  }

  private void print(PairExplanation pair) {
    console.print(
        Words.clean(
            "%s and %s %s talk mutual TLS"
                .formatted(pair.one(), pair.other(), pair.good() ? "can" : "cannot")));
    pair.steps().forEach(this::print);
    print(pair.finding());
  }

  private void print(Step step) {
    console.print(
        "  %s %-14s %s".formatted(mark(step.mark()), step.name(), Words.clean(step.says())));
    if (step.mark() == Step.Mark.WARNING) {
      step.finding()
          .ifPresent(
              finding ->
                  console.print(
                      Words.clean(
                          "    %-14s %s: %s".formatted("", finding.code(), finding.remedy()))));
    }
  }

  private void print(Optional<Finding> finding) {
    finding.ifPresent(
        found -> {
          console.print(Words.clean("%s: %s".formatted(found.code(), found.sentence())));
          console.print(Words.clean("  do:  " + found.remedy()));
          console.print("  see: " + Words.clean(found.doc()));
        });
    console.print("");
  }

  private String mark(Step.Mark mark) {
    return switch (mark) {
      case TICK -> coloured("32", "✓");
      case WARNING -> coloured("33", "!");
      case CROSS -> coloured("31", "✗");
    };
  }

  private String coloured(String colour, String mark) {
    return console.colours() ? "\u001b[%sm%s\u001b[0m".formatted(colour, mark) : mark;
  }
}
