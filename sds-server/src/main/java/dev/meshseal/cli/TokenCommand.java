package dev.meshseal.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code meshseal token}. */
@Command(
    name = "token",
    description = "Make and revoke the tokens with which sidecars connect.",
    synopsisSubcommandLabel = "COMMAND",
    footer = {
      "",
      "Examples:",
      "  meshseal token generate --mesh default --name web-1 --valid-for 30d >web-1.token",
      "  meshseal token revoke web-1.token"
    })
final class TokenCommand implements Runnable {
  @Spec private CommandSpec spec = CommandSpec.create();

  /** The command with those below it. */
  static CommandLine with(Console console) {
    return new CommandLine(new TokenCommand())
        .addSubcommand(new TokenGenerateCommand(console))
        .addSubcommand(new TokenRevokeCommand(console))
        .addSubcommand(new TokenRotateKeyCommand(console));
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "a command is missing");
  }
}
