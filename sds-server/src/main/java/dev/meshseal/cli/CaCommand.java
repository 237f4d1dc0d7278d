package dev.meshseal.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code meshseal ca}. */
@Command(
    name = "ca",
    description = "Work with the authorities of a mesh.",
    synopsisSubcommandLabel = "COMMAND",
    footer = {"", "Example:", "  meshseal ca export --mesh default > roots.pem"})
final class CaCommand implements Runnable {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "a command is missing");
  }
}
