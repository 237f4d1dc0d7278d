package dev.meshseal.cli;

import dev.meshseal.mesh.Document;
import dev.meshseal.mesh.Documents;
import dev.meshseal.server.admin.Json;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code meshseal validate}. */
@Command(
    name = "validate",
    description = "Check Mesh, Secret and Dataplane documents; nothing is contacted.",
    footer = {
      "",
      "Examples:",
      "  meshseal validate -f mesh.yaml",
      "  meshseal validate -f ./meshes -o json",
      "  kubectl get mesh default -o yaml | meshseal validate -f -",
      "",
      "Exit codes: 0 every document is valid; 1 at least one is not, or cannot be read."
    })
final class ValidateCommand implements Callable<Integer> {
  /** How violations are written. */
  enum Output {
    TEXT,
    JSON;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** A violation as JSON has it. */
  record Row(String file, int document, String kind, String name, String path, String message) {}

  @Option(
      names = {"-f", "--file"},
      paramLabel = "FILE|DIR|-",
      required = true,
      description =
          "What to check: a file, a folder of .yaml, .yml and .json files, or - for standard"
              + " input. May be given more than once; duplicates are found across all.")
  private List<String> files = List.of();

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      defaultValue = "text",
      description = "One of: ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
  private Output output = Output.TEXT;

  private final Console console;

  ValidateCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    var documents =
        ProvidedPairs.check(
            Documents.refuseDuplicates(new DocumentInputs(console).read(files)), Instant.now());
    documents.forEach(this::note);
    var rows = documents.stream().flatMap(document -> rows(document).stream()).toList();
    switch (output) {
      case JSON -> console.print(Json.pretty(rows));
      case TEXT -> print(documents, rows);
    }
    return rows.isEmpty() ? ExitCode.DONE : ExitCode.NO;
  }

  private void print(List<Document> documents, List<Row> rows) {
    rows.forEach(
        row ->
            console.print(
                Words.clean(
                    "%s:%d: %s%s"
                        .formatted(
                            row.file(),
                            row.document(),
                            row.path().isEmpty() ? "" : row.path() + ": ",
                            row.message()))));
    if (rows.isEmpty()) {
      var valid = documents.stream().filter(Document.Valid.class::isInstance).count();
      console.print("%d document%s valid".formatted(valid, valid == 1 ? "" : "s"));
    }
  }

  private void note(Document document) {
    var notes =
        switch (document) {
          case Document.Valid valid -> valid.notes();
          case Document.Ignored ignored -> List.of(ignored.note());
          case Document.Refused refused -> List.<String>of();
        };
    notes.forEach(note -> console.note("%s: note: %s".formatted(document.at(), note)));
  }

  private static List<Row> rows(Document document) {
    if (!(document instanceof Document.Refused refused)) {
      return List.of();
    }
    return refused.violations().stream()
        .map(
            violation ->
                new Row(
                    refused.at().file(),
                    refused.at().number(),
                    refused.kind().orElse(""),
                    refused.name().orElse(""),
                    violation.path(),
                    violation.message()))
        .toList();
  }
}
