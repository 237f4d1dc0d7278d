package dev.meshseal.cli;

/** Text of others, made fit for a terminal. */
final class Words {
  private Words() {}

  /** Control characters become spaces, so that no text can move the cursor or forge a line. */
  static String clean(String text) {
    if (text.chars().noneMatch(Words::isControl)) {
      return text;
    }
    var clean = new StringBuilder(text.length());
    text.codePoints().forEach(c -> clean.appendCodePoint(isControl(c) ? ' ' : c));
    return clean.toString();
  }

  // Unicode's own line ends and the marks that turn the direction of writing count as control.
  private static boolean isControl(int c) {
    return Character.isISOControl(c)
        || c == 0x2028
        || c == 0x2029
        || (c >= 0x202a && c <= 0x202e)
        || (c >= 0x2066 && c <= 0x2069);
  }
}
