package dev.meshseal.cli;

import dev.meshseal.server.files.DataDirectory;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** The data directory of a command that works beside a server, or before there is one. */
final class DataOption {
  @Option(
      names = "--data",
      paramLabel = "DIR",
      defaultValue = "${env:MESHSEAL_DATA:-meshseal-data}",
      description = "The server's data directory (default: ${DEFAULT-VALUE}).")
  private Path data = Path.of("meshseal-data");

  /** Opens it beside a running server, and makes it where there is none. */
  DataDirectory openShared(Console console) {
    if (!Files.exists(data)) {
      console.note("there was no data directory '%s'; it was made".formatted(data));
    }
    return DataDirectory.openShared(data);
  }

  /** Opens it beside a running server; there must be one. */
  DataDirectory openExisting() {
    return DataDirectory.openExisting(data);
  }

  /** Opens it while no server runs on it. */
  DataDirectory openAlone() {
    openExisting().close();
    return DataDirectory.open(data);
  }
}
