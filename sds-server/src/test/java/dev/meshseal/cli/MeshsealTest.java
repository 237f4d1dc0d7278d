package dev.meshseal.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.io.PrintWriter;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class MeshsealTest {
  private final Shell shell = new Shell();

  static Stream<CommandLine> commands() {
    return withChildren(
        Meshseal.commandLine(
            new Console(
                InputStream.nullInputStream(),
                new PrintWriter(PrintWriter.nullWriter()),
                new PrintWriter(PrintWriter.nullWriter()),
                Map.of(),
                false)));
  }

  private static Stream<CommandLine> withChildren(CommandLine command) {
    return Stream.concat(
        Stream.of(command),
        command.getSubcommands().values().stream().distinct().flatMap(MeshsealTest::withChildren));
  }

  @ParameterizedTest
  @MethodSource("commands")
  void everyCommandSaysWhatItDoesAndShowsAnExample(CommandLine command) {
    var usage = command.getCommandSpec().usageMessage();
    var name = command.getCommandSpec().qualifiedName();

    assertThat(usage.description()).as(name).isNotEmpty();
    assertThat(String.join("\n", usage.footer())).as(name).contains("Example", "  meshseal ");
  }

  @ParameterizedTest
  @MethodSource("commands")
  void everyOptionAndParameterIsDescribed(CommandLine command) {
    var arguments = command.getCommandSpec().args();

    assertThat(arguments)
        .allSatisfy(
            argument ->
                assertThat(String.join(" ", argument.description()))
                    .as(command.getCommandSpec().qualifiedName() + " " + argument.paramLabel())
                    .isNotBlank());
  }

  @ParameterizedTest
  @MethodSource("commands")
  void everyCommandPrintsItsHelp(CommandLine command) {
    var words = List.of(command.getCommandSpec().qualifiedName().split(" "));
    var path = Stream.concat(words.stream().skip(1), Stream.of("--help")).toArray(String[]::new);

    var result = shell.run(path);

    assertThat(result.exitCode()).isEqualTo(ExitCode.DONE);
    assertThat(result.out()).startsWith("Usage: " + String.join(" ", words));
    assertThat(result.err()).isEmpty();
  }

  @Test
  void asksForACommand() {
    var result = shell.run();

    assertThat(result.exitCode()).isEqualTo(ExitCode.WRONG_USAGE);
    assertThat(result.err()).startsWith("meshseal: a command is missing\n");
  }

  @Test
  void suggestsTheCommandThatWasMeant() {
    var result = shell.run("validat");

    assertThat(result.exitCode()).isEqualTo(ExitCode.WRONG_USAGE);
    assertThat(result.err()).contains("did you mean validate?").doesNotContain("\tat ");
  }

  @Test
  void suggestsTheOptionThatWasMeant() {
    var result = shell.run("get", "meshes", "--outptu", "json");

    assertThat(result.exitCode()).isEqualTo(ExitCode.WRONG_USAGE);
    assertThat(result.err()).contains("--outptu", "did you mean --output");
  }

  @ParameterizedTest
  @ValueSource(strings = {"get", "get nothing", "explain", "explain web", "validate", "completion"})
  void refusesWrongUsageInOneSentence(String line) {
    var result = shell.run(line.split(" ", -1));

    assertThat(result.exitCode()).isEqualTo(ExitCode.WRONG_USAGE);
    assertThat(result.out()).isEmpty();
    assertThat(result.err().lines().toList()).hasSizeLessThanOrEqualTo(2);
    assertThat(result.err()).startsWith("meshseal: ");
  }

  @Test
  void saysWhatFailedWithoutAStackUnlessAsked() {
    var quiet = shell.run("validate", "-f", "no-such-file.yaml");
    var verbose = shell.run("validate", "-f", "no-such-file.yaml", "--verbose");

    assertThat(quiet.exitCode()).isEqualTo(ExitCode.NO);
    assertThat(quiet.err()).isEqualTo("meshseal: there is no file or folder 'no-such-file.yaml'\n");
    assertThat(verbose.err()).contains("CliException", "\tat ");
  }

  @Test
  void saysWhichVersionItIsAndWhatItRunsOn() {
    var result = shell.run("version");

    assertThat(result.exitCode()).isEqualTo(ExitCode.DONE);
    assertThat(result.out()).startsWith("meshseal ").contains("commit", "crypto", "tls", "java");
    assertThat(shell.run("--version").out()).isEqualTo(result.out());
  }

  @ParameterizedTest
  @ValueSource(strings = {"bash", "zsh", "fish"})
  void printsACompletionScriptForEachShell(String name) {
    var result = shell.run("completion", name);

    assertThat(result.exitCode()).isEqualTo(ExitCode.DONE);
    assertThat(result.out()).contains("validate", "certificates", "fail-below");
  }

  @Test
  void usesNoColoursWhereNobodyWatchesOrTheyAreNotWanted() {
    var quiet = console(Map.of("TERM", "xterm"), false);
    var refused = console(Map.of("NO_COLOR", "1"), true);
    var dumb = console(Map.of("TERM", "dumb"), true);
    var wanted = console(Map.of("TERM", "xterm", "NO_COLOR", ""), true);

    assertThat(Arrays.asList(quiet, refused, dumb)).noneMatch(Console::colours);
    assertThat(wanted.colours()).isTrue();
  }

  private static Console console(Map<String, String> environment, boolean terminal) {
    return new Console(
        InputStream.nullInputStream(),
        new PrintWriter(PrintWriter.nullWriter()),
        new PrintWriter(PrintWriter.nullWriter()),
        environment,
        terminal);
  }
}
