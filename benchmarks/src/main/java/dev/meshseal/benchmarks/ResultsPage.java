package dev.meshseal.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.StringJoiner;

/** The measured part of the page of results, between two marks; the words around it are kept. */
final class ResultsPage {
  private static final String BEGIN = "<!-- measured: written by benchmarks/run -->";
  private static final String END = "<!-- end of measured -->";

  private ResultsPage() {}

  static String table(Machine machine, String date, String loadAfter, List<Verdict> verdicts) {
    var lines = new StringJoiner("\n", "", "\n");
    lines.add("Measured " + date + " at commit " + machine.commit() + ", with");
    lines.add("- " + machine.processor() + ", " + machine.cores() + " cores, " + machine.memory());
    lines.add("- " + machine.kernel() + "; " + machine.java());
    lines.add("- " + machine.go() + "; " + machine.openssl());
    lines.add("- load of the machine before " + machine.load() + ", after " + loadAfter);
    lines.add("");
    lines.add("| goal | measured | compared with | verdict | repeat it |");
    lines.add("|---|---|---|---|---|");
    for (var verdict : verdicts) {
      lines.add(
          "| %s | %s | %s | %s | `benchmarks/run --only %s` |"
              .formatted(
                  verdict.goal(),
                  verdict.measured(),
                  verdict.compared(),
                  verdict.met() ? "met" : "**missed**",
                  verdict.scenario()));
    }
    return lines.toString();
  }

  static void publish(Path page, String table) {
    try {
      var text = Files.readString(page);
      int begin = text.indexOf(BEGIN);
      int end = text.indexOf(END);
      if (begin < 0 || end < begin) {
        throw new IllegalStateException(
            "%s has no place for results: the lines '%s' and '%s'".formatted(page, BEGIN, END));
      }
      Files.writeString(
          page, text.substring(0, begin + BEGIN.length()) + "\n" + table + text.substring(end));
    } catch (IOException failed) {
      throw new UncheckedIOException("%s cannot be written".formatted(page), failed);
    }
  }
}
