package dev.meshseal.server.sds;

/** Makes what a stranger wrote fit for a log line and a screen. */
final class Words {
  private Words() {}

  /** Without control characters and marks of direction, and cut to a length. */
  static String clean(String text, int length) {
    var cleaned = new StringBuilder(Math.min(text.length(), length));
    text.codePoints()
        .limit(length)
        .map(c -> isPrintable(c) ? c : ' ')
        .forEach(cleaned::appendCodePoint);
    return text.codePointCount(0, text.length()) > length ? cleaned + "…" : cleaned.toString();
  }

  private static boolean isPrintable(int codePoint) {
    return switch (Character.getType(codePoint)) {
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
}
