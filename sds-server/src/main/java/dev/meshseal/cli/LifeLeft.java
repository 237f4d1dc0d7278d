package dev.meshseal.cli;

import dev.meshseal.server.admin.CertificateView;
import java.util.List;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/** A threshold on the part of its life that a leaf has left. */
record LifeLeft(double part) {
  private static final Pattern PERCENT = Pattern.compile("(\\d{1,3}(?:\\.\\d{1,3})?)%?");

  /** Reads {@code 25%}, or {@code 25}. */
  static LifeLeft parse(String text) {
    var matcher = PERCENT.matcher(text);
    if (!matcher.matches() || Double.parseDouble(matcher.group(1)) > 100) {
      throw CliException.wrongUsage("--fail-below is a percentage, got '%s'".formatted(text));
    }
    return new LifeLeft(Double.parseDouble(matcher.group(1)) / 100);
  }

  /** The exit code, after one line for each leaf that has less left. */
  int check(AdminClient client, List<JsonNode> items, Console console) {
    var below =
        items.stream()
            .map(item -> client.convert(item, CertificateView.class))
            .filter(this::isBelow)
            .toList();
    below.forEach(
        leaf ->
            console.error(
                "%s/%s: its leaf %s has %.0f%% of its life left, less than %.0f%%; run 'meshseal explain %s/%s'"
                    .formatted(
                        leaf.mesh(),
                        leaf.dataplane(),
                        leaf.acked().orElse(""),
                        leaf.remaining().orElse(0) * 100,
                        part * 100,
                        leaf.mesh(),
                        leaf.dataplane())));
    return below.isEmpty() ? ExitCode.DONE : ExitCode.NO;
  }

  private boolean isBelow(CertificateView leaf) {
    return leaf.connected()
        && leaf.remaining().isPresent()
        && leaf.remaining().getAsDouble() < part;
  }
}
