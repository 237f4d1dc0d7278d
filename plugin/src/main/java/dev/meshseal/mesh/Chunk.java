package dev.meshseal.mesh;

import java.util.ArrayList;
import java.util.List;

/**
 * The text of one document of a file. A line that begins with {@code ---} or {@code ...} ends a
 * document wherever it stands, in a quoted text or a block too (YAML 1.2, 9.1.2), so documents can
 * be told apart before any of them is parsed.
 *
 * @param number counted from 1; documents with nothing in them count
 * @param line where the text begins in the file, counted from 1
 */
record Chunk(int number, int line, String text) {

  static List<Chunk> split(String text) {
    var splitter = new Splitter(text);
    for (var start = 0; start < text.length(); ) {
      var end = nextLine(text, start);
      splitter.line(start, end);
      start = end;
    }
    return splitter.finish();
  }

  private static int nextLine(String text, int start) {
    for (var i = start; i < text.length(); i++) {
      var character = text.charAt(i);
      if (character == '\n') {
        return i + 1;
      }
      if (character == '\r') {
        return i + 1 < text.length() && text.charAt(i + 1) == '\n' ? i + 2 : i + 1;
      }
    }
    return text.length();
  }

  private static final class Splitter {
    private final String text;
    private final List<Chunk> chunks = new ArrayList<>();
    private int number = 1;
    private int line;
    private int begin;
    private int beginLine = 1;
    private boolean marked;
    private boolean filled;

    Splitter(String text) {
      this.text = text;
    }

    void line(int start, int end) {
      line++;
      if (isMarker("---", start, end)) {
        if (marked || filled) {
          close(start, line);
        }
        marked = true;
        filled = !isEmpty(start + 3, end);
      } else if (isMarker("...", start, end)) {
        close(end, line + 1);
      } else if (!isDirective(start)) {
        filled |= !isEmpty(start, end);
      }
    }

    List<Chunk> finish() {
      close(text.length(), line);
      return List.copyOf(chunks);
    }

    private void close(int end, int nextLine) {
      if (filled) {
        chunks.add(new Chunk(number, beginLine, text.substring(begin, end)));
      }
      if (filled || marked) {
        number++;
      }
      begin = end;
      beginLine = nextLine;
      marked = false;
      filled = false;
    }

    private boolean isMarker(String marker, int start, int end) {
      return text.startsWith(marker, start)
          && (start + 3 >= end || Character.isWhitespace(text.charAt(start + 3)));
    }

    /** What stands before the marker of the document that it belongs to. */
    private boolean isDirective(int start) {
      return text.charAt(start) == '%' && !filled && !marked;
    }

    /** Nothing but blanks and a comment. */
    private boolean isEmpty(int start, int end) {
      for (var i = start; i < end; i++) {
        if (text.charAt(i) == '#') {
          return true;
        }
        if (!Character.isWhitespace(text.charAt(i))) {
          return false;
        }
      }
      return true;
    }
  }
}
