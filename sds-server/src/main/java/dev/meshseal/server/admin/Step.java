package dev.meshseal.server.admin;

import java.util.Optional;

/**
 * One step on the way from a connection to a certificate in use.
 *
 * @param says what was found, one sentence
 * @param finding what is wrong, of a warning or a cross
 */
public record Step(String name, Mark mark, String says, Optional<Finding> finding) {
  /** How the step went. */
  public enum Mark {
    TICK,
    WARNING,
    /** Nothing after it can work. */
    CROSS
  }

  static Step tick(String name, String says) {
    return new Step(name, Mark.TICK, says, Optional.empty());
  }

  static Step warning(String name, String says) {
    return new Step(name, Mark.WARNING, says, Optional.empty());
  }

  static Step warning(String name, Finding finding) {
    return new Step(name, Mark.WARNING, finding.sentence(), Optional.of(finding));
  }

  static Step cross(String name, Finding finding) {
    return new Step(name, Mark.CROSS, finding.sentence(), Optional.of(finding));
  }

  boolean isCross() {
    return mark == Mark.CROSS;
  }
}
