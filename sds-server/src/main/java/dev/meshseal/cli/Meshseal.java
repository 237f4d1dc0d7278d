package dev.meshseal.cli;

import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

/** The root of the command line, and what all commands share: help, errors, exit codes. */
@Command(
    name = "meshseal",
    description = "A secret discovery service for Envoy: certificates for every sidecar of a mesh.",
    synopsisSubcommandLabel = "COMMAND",
    footer = {
      "",
      "Examples:",
      "  meshseal demo",
      "  meshseal run --resources ./meshes",
      "  meshseal explain default/web-1",
      "",
      "Exit codes: 0 done; 1 the input is invalid or the answer is no; 2 wrong usage;",
      "3 the server or an authority could not be reached."
    })
final class Meshseal implements Runnable {
  /** Every command, in the order in which help lists them. */
  private static final List<Function<Console, Object>> COMMANDS =
      List.of(
          RunCommand::new,
          DemoCommand::new,
          BootstrapCommand::new,
          InjectCommand::new,
          ValidateCommand::new,
          GetCommand::new,
          ExplainCommand::new,
          RenewCommand::new,
          TokenCommand::with,
          console ->
              new CommandLine(new CaCommand())
                  .addSubcommand(new CaExportCommand(console))
                  .addSubcommand(new CaEncryptCommand(console)),
          VersionCommand::new,
          CompletionCommand::new,
          RehearseCommand::new);

  @SuppressWarnings("UnusedVariable") // picocli prints the help itself
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      scope = ScopeType.INHERIT,
      description = "Print this help and exit.")
  private boolean help;

  @Option(
      names = "--verbose",
      scope = ScopeType.INHERIT,
      description = "Print the stack trace of an error, for a bug report.")
  private boolean verbose;

  @Option(names = "--version", description = "Print the version and exit; same as 'version'.")
  private boolean version;

  @Spec private CommandSpec spec;

  private final Console console;

  private Meshseal(Console console, CommandSpec spec) {
    this.console = console;
    this.spec = spec;
  }

  /** Runs one command line and returns its exit code. */
  static int execute(Console console, String... arguments) {
    var exitCode = commandLine(console).execute(arguments);
    console.flush();
    return exitCode;
  }

  static CommandLine commandLine(Console console) {
    var root = new Meshseal(console, CommandSpec.create());
    var commands = new CommandLine(root);
    COMMANDS.forEach(command -> commands.addSubcommand(command.apply(console)));
    return commands
        .setOut(console.out())
        .setErr(console.err())
        .setUsageHelpWidth(100)
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setColorScheme(CommandLine.Help.defaultColorScheme(console.colours() ? Ansi.ON : Ansi.OFF))
        .setParameterExceptionHandler((wrong, arguments) -> wrongUsage(console, wrong))
        .setExecutionExceptionHandler((failure, at, parsed) -> root.failed(failure));
  }

  @Override
  public void run() {
    if (version) {
      new VersionCommand(console).run();
      return;
    }
    throw new ParameterException(spec.commandLine(), "a command is missing");
  }

  private static int wrongUsage(Console console, ParameterException wrong) {
    console.error(lowerCase(String.valueOf(wrong.getMessage())) + suggestion(wrong));
    console.note(
        "Try '%s --help'.".formatted(wrong.getCommandLine().getCommandSpec().qualifiedName()));
    return ExitCode.WRONG_USAGE;
  }

  private static String suggestion(ParameterException wrong) {
    if (wrong instanceof UnmatchedArgumentException unmatched
        && !unmatched.getSuggestions().isEmpty()) {
      return "; did you mean " + String.join(" or ", unmatched.getSuggestions()) + "?";
    }
    return "";
  }

  private int failed(Exception failure) {
    if (verbose) {
      failure.printStackTrace(console.err());
    }
    var error = Failures.read(failure);
    console.error(error.sentence());
    return error.exitCode();
  }

  private static String lowerCase(String sentence) {
    var first = sentence.length() > 1 && Character.isLowerCase(sentence.charAt(1)) ? 1 : 0;
    return sentence.substring(0, first).toLowerCase(Locale.ROOT) + sentence.substring(first);
  }
}
