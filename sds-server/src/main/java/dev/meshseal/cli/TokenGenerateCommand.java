package dev.meshseal.cli;

import dev.meshseal.identity.Tags;
import dev.meshseal.server.auth.DataplaneTokenIssuer;
import dev.meshseal.server.auth.DataplaneTokenRequest;
import dev.meshseal.server.auth.TokenId;
import dev.meshseal.server.files.FileSigningKeys;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code meshseal token generate}. */
@Command(
    name = "generate",
    description = {
      "Print a data plane token; also while the server runs.",
      "",
      "Without --name it is good for any name that has these tags."
    },
    footer = {
      "",
      "Examples:",
      "  meshseal token generate --mesh default --name web-1 --valid-for 30d >web-1.token",
      "  meshseal token generate --mesh default --tag kuma.io/service=web,web-admin --valid-for 10y"
    })
final class TokenGenerateCommand implements Runnable {
  @Option(
      names = "--mesh",
      required = true,
      paramLabel = "M",
      description = "The mesh it is good in.")
  private String mesh = "";

  @Option(names = "--name", paramLabel = "N", description = "The only data plane it is good for.")
  private @Nullable String name;

  @Option(
      names = "--tag",
      paramLabel = "TAG=VALUE[,VALUE]...",
      description = "A tag that the data plane must have, and the values it may have.")
  private Map<String, String> tags = new LinkedHashMap<>();

  @Option(
      names = "--workload",
      paramLabel = "W",
      description = "The workload that the data plane must be of.")
  private @Nullable String workload;

  @Option(
      names = "--valid-for",
      required = true,
      paramLabel = "D",
      converter = Lifetime.class,
      description = "How long it is good, as in 24h, 30d or 10y.")
  private Duration validFor = Duration.ZERO;

  @Mixin private DataOption data = new DataOption();

  private final Console console;
  private final InstantSource clock = InstantSource.system();

  TokenGenerateCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    var request = request();
    try (var directory = data.openShared(console)) {
      var key = new FileSigningKeys(directory, clock).current();
      var token = new DataplaneTokenIssuer(key, clock).issue(request);
      console.print(token);
      var id = TokenId.of(token);
      console.note(
          "token %s is good until %s; to end it sooner: meshseal token revoke %s"
              .formatted(id.id(), id.expiresAt().orElseThrow(), id.id()));
    }
  }

  private DataplaneTokenRequest request() {
    try {
      return new DataplaneTokenRequest(
          mesh, Optional.ofNullable(name), tags(), Optional.ofNullable(workload), validFor);
    } catch (IllegalArgumentException wrong) {
      throw CliException.wrongUsage(String.valueOf(wrong.getMessage()));
    }
  }

  private Tags tags() {
    var values = new LinkedHashMap<String, TreeSet<String>>();
    tags.forEach((tag, list) -> values.put(tag, new TreeSet<>(Arrays.asList(list.split(",", -1)))));
    if (values.values().stream().anyMatch(set -> set.contains(""))) {
      throw new IllegalArgumentException("a --tag is written TAG=VALUE or TAG=VALUE,VALUE");
    }
    return Tags.of(values);
  }
}
