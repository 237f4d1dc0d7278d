package dev.meshseal.cli;

import dev.meshseal.server.admin.Json;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** {@code meshseal get}. */
@Command(
    name = "get",
    description = "Show what the running server knows.",
    footer = {
      "",
      "Examples:",
      "  meshseal get meshes",
      "  meshseal get certificates --mesh default --watch",
      "  meshseal get certificates --fail-below 25%%",
      "  meshseal get dataplanes -o json | jq -r '.[].dataplane.name'",
      "",
      "Exit codes: 0 done; 1 a leaf is below --fail-below; 3 the server cannot be reached."
    })
final class GetCommand implements Callable<Integer> {
  /** What can be shown. */
  enum What {
    MESHES,
    DATAPLANES,
    CERTIFICATES,
    BACKENDS;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** How it is shown. */
  enum Output {
    TABLE,
    JSON,
    YAML;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  @Parameters(paramLabel = "WHAT", description = "One of: ${COMPLETION-CANDIDATES}.")
  private @Nullable What what;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      defaultValue = "table",
      description = "One of: ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
  private Output output = Output.TABLE;

  @Option(names = "--mesh", paramLabel = "MESH", description = "Only of this mesh.")
  private @Nullable String mesh;

  @Option(names = "--watch", description = "Show it again every two seconds, until Ctrl-C.")
  private boolean watch;

  @Option(
      names = "--fail-below",
      paramLabel = "PERCENT",
      description =
          "With certificates: exit with 1 if a live proxy's ACKed leaf has less of its life left,"
              + " as in 25%%.")
  private @Nullable String failBelow;

  @Mixin private AdminOptions admin = new AdminOptions();

  private final Console console;

  GetCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws InterruptedException {
    var shown = Optional.ofNullable(what).orElseThrow();
    var threshold = Optional.ofNullable(failBelow).map(LifeLeft::parse);
    if (threshold.isPresent() && (shown != What.CERTIFICATES || watch)) {
      throw CliException.wrongUsage(
          "--fail-below goes with 'get certificates', and not with --watch");
    }
    var client = admin.client(console);
    while (watch) {
      show(shown, client, console.colours() ? "\u001b[H\u001b[2J" : "");
      Thread.sleep(2000);
    }
    var items = show(shown, client, "");
    return threshold.map(life -> life.check(client, items, console)).orElse(ExitCode.DONE);
  }

  private List<JsonNode> show(What shown, AdminClient client, String before) {
    var query = Optional.ofNullable(mesh).map(AdminClient::encoded).map("?mesh="::concat);
    var listing = client.get("/api/v1/" + shown + query.orElse(""));
    var items = AdminClient.items(listing);
    console.out().print(before);
    console
        .out()
        .print(
            switch (output) {
              case TABLE -> Tables.of(shown, client, items, listing);
              case JSON -> Json.pretty(items) + "\n";
              case YAML -> Yaml.write(Json.tree(items));
            });
    console.flush();
    return items;
  }
}
