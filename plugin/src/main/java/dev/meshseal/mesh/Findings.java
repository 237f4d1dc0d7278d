package dev.meshseal.mesh;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** What is wrong with one document, and what is only worth saying. */
final class Findings {
  /** A document with more is hostile or not ours; the rest is counted, not listed. */
  static final int MAX_LISTED = 1_000;

  private final Set<Violation> violations = new LinkedHashSet<>();
  private final List<String> notes = new ArrayList<>();
  private int unlisted;

  /** Saying the same twice is saying it once. */
  void refuse(String path, String message) {
    if (violations.size() < MAX_LISTED) {
      violations.add(new Violation(path, message));
    } else {
      unlisted++;
    }
  }

  void note(String sentence) {
    notes.add(sentence);
  }

  boolean isClean() {
    return violations.isEmpty();
  }

  List<Violation> violations() {
    var all = new ArrayList<>(violations);
    if (unlisted > 0) {
      all.add(new Violation("", "and %d more violations".formatted(unlisted)));
    }
    return List.copyOf(all);
  }

  List<String> notes() {
    return List.copyOf(notes);
  }
}
