package dev.meshseal.cli;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** A completion script for the fish shell, from the model of the commands. */
final class FishCompletion {
  private FishCompletion() {}

  static String script(CommandSpec root) {
    var lines = new ArrayList<String>();
    lines.add("# fish completion for " + root.name());
    lines.add("complete -c %s -f".formatted(root.name()));
    add(root, List.of(), lines);
    return String.join("\n", lines);
  }

  private static void add(CommandSpec command, List<String> path, List<String> lines) {
    var program = command.root().name();
    var here = condition(path, List.copyOf(command.subcommands().keySet()));
    command.subcommands().entrySet().stream()
        .filter(entry -> !entry.getValue().getCommandSpec().usageMessage().hidden())
        .forEach(
            entry -> {
              var name = entry.getKey();
              var child = entry.getValue();
              lines.add(
                  "complete -c %s -n %s -a %s -d %s"
                      .formatted(
                          program,
                          quote(here),
                          quote(name),
                          quote(summary(child.getCommandSpec().usageMessage().description()))));
              var below = new ArrayList<>(path);
              below.add(name);
              add(child.getCommandSpec(), below, lines);
            });
    command.options().stream()
        .filter(option -> !option.hidden())
        .map(option -> "complete -c %s -n %s%s".formatted(program, quote(here), words(option)))
        .forEach(lines::add);
  }

  /** True after the words of the path, and before any word that leads further down. */
  private static String condition(List<String> path, List<String> children) {
    var seen =
        path.stream()
            .map("__fish_seen_subcommand_from %s"::formatted)
            .reduce((left, right) -> left + "; and " + right);
    if (children.isEmpty()) {
      return seen.orElse("true");
    }
    var notBelow = "not __fish_seen_subcommand_from " + String.join(" ", children);
    return seen.map(words -> words + "; and " + notBelow).orElse(notBelow);
  }

  private static String words(OptionSpec option) {
    var words = new StringBuilder();
    for (var name : option.names()) {
      words.append(name.startsWith("--") ? " -l " : " -s ");
      words.append(name.replaceFirst("^--?", ""));
    }
    if (option.arity().max() > 0) {
      words.append(" -r");
      var candidates = option.completionCandidates();
      if (candidates != null) {
        words.append(" -a ").append(quote(String.join(" ", candidates)));
      }
    }
    return words + " -d " + quote(summary(option.description()));
  }

  private static String summary(String[] description) {
    return description.length == 0 ? "" : description[0];
  }

  private static String quote(String text) {
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
  }
}
