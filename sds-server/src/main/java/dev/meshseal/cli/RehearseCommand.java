package dev.meshseal.cli;

import dev.meshseal.cli.rehearsal.Rehearsal;
import dev.meshseal.identity.Tags;
import dev.meshseal.server.auth.DataplaneTokenIssuer;
import dev.meshseal.server.auth.DataplaneTokenRequest;
import dev.meshseal.server.bootstrap.HostPort;
import dev.meshseal.server.files.DataDirectory;
import dev.meshseal.server.files.FileSigningKeys;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code meshseal rehearse}, which only the making of the archives for a fast start calls. */
@Command(
    name = "rehearse",
    hidden = true,
    description = "Play sidecars against a server of this machine that was started to be trained.",
    footer = {
      "",
      "Examples:",
      "  meshseal rehearse --server 127.0.0.1:5690 --admin 127.0.0.1:5691 --data DIR --resources DIR"
    })
final class RehearseCommand implements Runnable {
  private static final Duration TOKEN_LIFETIME = Duration.ofHours(1);
  private static final List<String> SIGHTS =
      List.of(
          "/api/v1/server",
          "/api/v1/meshes",
          "/api/v1/backends",
          "/api/v1/dataplanes",
          "/api/v1/certificates",
          "/api/v1/refused",
          "/api/v1/explain/" + Rehearsal.MESH + "/sidecar-1");

  @Option(
      names = "--server",
      required = true,
      paramLabel = "HOST:PORT",
      description = "Where it serves secrets.")
  private String server = "";

  @Option(
      names = "--admin",
      required = true,
      paramLabel = "HOST:PORT",
      description = "Its admin address.")
  private String admin = "";

  @Option(
      names = "--data",
      required = true,
      paramLabel = "DIR",
      description = "Its data directory, of which nothing is kept.")
  private Path data = Path.of("");

  @Option(
      names = "--resources",
      required = true,
      paramLabel = "DIR",
      description = "The folder that it reads Meshes from, in which one is written.")
  private Path resources = Path.of("");

  @Option(
      names = "--sidecars",
      paramLabel = "N",
      defaultValue = "1500",
      description = "How many to play. Default: ${DEFAULT-VALUE}.")
  private int sidecars;

  @Option(
      names = "--within",
      paramLabel = "SECONDS",
      defaultValue = "25",
      description = "When to end with what there is. Default: ${DEFAULT-VALUE}.")
  private int within;

  private final Console console;
  private final InstantSource clock = InstantSource.system();

  RehearseCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    var client =
        AdminClient.of(
            AdminAddress.parse(admin), Optional.empty(), Optional.of(data.resolve("admin-token")));
    try (var directory = DataDirectory.openExisting(data)) {
      var report =
          Rehearsal.play(
              new Rehearsal.Stage(
                  HostPort.parse(server).resolve(),
                  data.resolve("server").resolve("ca.crt"),
                  resources,
                  tokens(directory),
                  new Client(client)),
              sidecars,
              Duration.ofSeconds(within),
              clock);
      console.print(
          "rehearsed with %d of %d sidecars and %d secrets, in %.1f s"
              .formatted(
                  report.sidecars(), sidecars, report.secrets(), report.took().toMillis() / 1e3));
    } catch (IOException failed) {
      throw CliException.no("the rehearsal failed: " + failed.getMessage(), failed);
    } catch (InterruptedException ended) {
      Thread.currentThread().interrupt();
      throw CliException.no("interrupted", ended);
    }
  }

  private UnaryOperator<String> tokens(DataDirectory directory) {
    var issuer = new DataplaneTokenIssuer(new FileSigningKeys(directory, clock).current(), clock);
    return name ->
        issuer.issue(
            new DataplaneTokenRequest(
                Rehearsal.MESH,
                Optional.of(name),
                Tags.service("rehearsal"),
                Optional.empty(),
                TOKEN_LIFETIME));
  }

  private record Client(AdminClient admin) implements Rehearsal.Operator {
    @Override
    public void renew() {
      try {
        admin.post("/api/v1/meshes/%s/renew".formatted(Rehearsal.MESH));
      } catch (CliException nobodyConnected) {
        // The sidecars that are not there are counted.
      }
    }

    @Override
    public void look() {
      try {
        SIGHTS.forEach(admin::get);
      } catch (CliException notYet) {
        // What has not been seen is not learnt from.
      }
    }
  }
}
