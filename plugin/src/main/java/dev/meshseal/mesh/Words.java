package dev.meshseal.mesh;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/** How a document's own words are shown in a message: short, and on one line. */
final class Words {
  private static final int LONGEST = 80;

  private Words() {}

  static String quote(String word) {
    return "'" + shorten(word) + "'";
  }

  /** At most 80 characters, with nothing in it that a terminal or a log would obey. */
  static String shorten(String word) {
    var shown = new StringBuilder();
    word.codePoints()
        .limit(LONGEST)
        .map(point -> isPlain(point) ? point : '?')
        .forEach(shown::appendCodePoint);
    return word.codePointCount(0, word.length()) > LONGEST ? shown + "…" : shown.toString();
  }

  /** Neither a control, nor a line separator, nor what turns the direction of writing. */
  static boolean isPlain(int point) {
    return switch (Character.getType(point)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SURROGATE,
          Character.UNASSIGNED ->
          false;
      default -> true;
    };
  }

  /** The candidate that a misspelt word most likely means. */
  static Optional<String> nearest(String word, Collection<String> candidates) {
    var tolerance = Math.clamp(word.length() / 3, 1, 3);
    return candidates.stream()
        .filter(candidate -> Math.abs(candidate.length() - word.length()) <= tolerance)
        .map(candidate -> new Near(candidate, distance(word, candidate)))
        .filter(near -> near.distance() <= tolerance)
        .min(Comparator.comparingInt(Near::distance))
        .map(Near::candidate);
  }

  private record Near(String candidate, int distance) {}

  /** How many letters differ, two that have changed places counted as one; case does not matter. */
  private static int distance(String one, String other) {
    var from = one.toLowerCase(Locale.ROOT);
    var to = other.toLowerCase(Locale.ROOT);
    var distances = new int[from.length() + 1][to.length() + 1];
    for (var i = 0; i <= from.length(); i++) {
      for (var j = 0; j <= to.length(); j++) {
        distances[i][j] = i == 0 || j == 0 ? i + j : next(from, to, distances, i, j);
      }
    }
    return distances[from.length()][to.length()];
  }

  private static int next(String from, String to, int[][] distances, int i, int j) {
    var differ = from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1;
    var least =
        Math.min(
            distances[i - 1][j - 1] + differ,
            1 + Math.min(distances[i - 1][j], distances[i][j - 1]));
    var swapped =
        i > 1
            && j > 1
            && from.charAt(i - 1) == to.charAt(j - 2)
            && from.charAt(i - 2) == to.charAt(j - 1);
    return swapped ? Math.min(least, distances[i - 2][j - 2] + 1) : least;
  }
}
