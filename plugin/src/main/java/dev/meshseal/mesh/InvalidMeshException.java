package dev.meshseal.mesh;

import java.util.List;
import java.util.stream.Collectors;

/** A document is refused; carries every violation, not only the first. */
public final class InvalidMeshException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient List<Violation> violations;
  private final boolean ended;

  public InvalidMeshException(String what, List<Violation> violations) {
    this(what, violations, false);
  }

  /**
   * @param ended whether it is about an authority of which a certificate has ended
   */
  public InvalidMeshException(String what, List<Violation> violations, boolean ended) {
    super(
        what
            + " is invalid: "
            + violations.stream().map(Violation::toString).collect(Collectors.joining("; ")));
    this.violations = List.copyOf(violations);
    this.ended = ended;
  }

  /** Whether a certificate of the authority has ended: no leaf under it is good any more. */
  public boolean hasEnded() {
    return ended;
  }

  public List<Violation> violations() {
    return violations;
  }
}
