package dev.meshseal.cli;

import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code meshseal completion}. */
@Command(
    name = "completion",
    description = "Print a script that lets a shell complete commands and options.",
    footer = {
      "",
      "Examples:",
      "  source <(meshseal completion bash)",
      "  meshseal completion zsh > ~/.meshseal.zsh && echo 'source ~/.meshseal.zsh' >> ~/.zshrc",
      "  meshseal completion fish > ~/.config/fish/completions/meshseal.fish"
    })
final class CompletionCommand implements Runnable {
  /** The shells for which there is a script. */
  enum Shell {
    BASH,
    ZSH,
    FISH;

    @Override
    public String toString() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  @Parameters(paramLabel = "SHELL", description = "One of: ${COMPLETION-CANDIDATES}.")
  private Shell shell = Shell.BASH;

  private final Console console;

  CompletionCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    var root = Meshseal.commandLine(console);
    console.print(
        switch (shell) {
          // The script of picocli turns on zsh's own emulation of bash completion.
          case BASH, ZSH -> AutoComplete.bash("meshseal", root);
          case FISH -> FishCompletion.script(root.getCommandSpec());
        });
  }
}
