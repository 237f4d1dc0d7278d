package dev.meshseal.cli;

import java.util.ArrayList;
import java.util.List;

/** Rows for people: columns as wide as their widest cell, two spaces between them. */
final class Table {
  private final List<List<String>> rows = new ArrayList<>();

  Table(String... headings) {
    rows.add(List.of(headings));
  }

  /** An empty cell is shown as a dash. */
  void row(String... cells) {
    if (cells.length != rows.getFirst().size()) {
      throw new IllegalArgumentException(
          "a row needs %d cells, got %d".formatted(rows.getFirst().size(), cells.length));
    }
    rows.add(
        List.of(cells).stream().map(cell -> cell.isEmpty() ? "-" : Words.clean(cell)).toList());
  }

  String render() {
    var text = new StringBuilder();
    for (var row : rows) {
      var line = new StringBuilder();
      for (var column = 0; column < row.size(); column++) {
        line.append(row.get(column));
        line.repeat(' ', width(column) - row.get(column).length() + 2);
      }
      text.append(line.toString().stripTrailing()).append('\n');
    }
    return text.toString();
  }

  private int width(int column) {
    return rows.stream().mapToInt(row -> row.get(column).length()).max().orElse(0);
  }
}
