package dev.meshseal.server.inject;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The documents of one text, which together are the text again. A line that begins with {@code ---}
 * or {@code ...} ends a document wherever it stands, but for the {@code ---} after a document's own
 * directives (YAML 1.2, 9.1.2 and 9.2).
 */
final class Documents {
  private static final Pattern LINES = Pattern.compile("(?<=\n)");
  private static final Pattern COMMENTED = Pattern.compile("---\\s+#.*\\R");
  private static final String START = "---";
  private static final String END = "...";

  private final List<String> whole = new ArrayList<>();
  private final StringBuilder open = new StringBuilder();
  private boolean hasDirectives;
  private boolean hasContent;

  private Documents() {}

  static List<String> of(String text) {
    var documents = new Documents();
    LINES.splitAsStream(text).forEach(documents::add);
    documents.whole.add(documents.open.toString());
    return documents.whole;
  }

  private void add(String line) {
    if (isMarker(line, START)) {
      if (!hasDirectives || hasContent) {
        end();
      }
      hasContent = true;
    } else if (line.startsWith("%")) {
      hasDirectives = true;
    } else if (!line.isBlank() && !line.startsWith("#")) {
      hasContent = true;
    }
    open.append(line);
    if (isMarker(line, END)) {
      end();
    }
  }

  private void end() {
    if (!open.isEmpty()) {
      whole.add(open.toString());
    }
    open.setLength(0);
    hasDirectives = false;
    hasContent = false;
  }

  private static boolean isMarker(String line, String marker) {
    return line.startsWith(marker)
        && (line.length() == marker.length()
            || Character.isWhitespace(line.charAt(marker.length())));
  }

  /** What stands before the content of a document: its directives and its mark, if it has them. */
  static String head(String document) {
    var directives = new StringBuilder();
    for (var line : LINES.split(document, -1)) {
      if (isMarker(line, START)) {
        return directives + (COMMENTED.matcher(line).matches() ? line : START + "\n");
      }
      if (line.startsWith("%")) {
        directives.append(line);
      }
    }
    return "";
  }

  /** What must stand between this text and one before it. */
  static String separator(String text) {
    var head = head(of(text).getFirst());
    return head.startsWith("%") ? END + "\n" : head.isEmpty() ? START + "\n" : "";
  }

  /** What stands after it. */
  static String foot(String document) {
    return LINES.splitAsStream(document).anyMatch(line -> isMarker(line, END)) ? END + "\n" : "";
  }
}
