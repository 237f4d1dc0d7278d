package dev.meshseal.mesh;

import java.util.List;
import java.util.stream.Collectors;

/** A document is refused; carries every violation, not only the first. */
public final class InvalidMeshException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient List<Violation> violations;

  public InvalidMeshException(String what, List<Violation> violations) {
    super(
        what
            + " is invalid: "
            + violations.stream().map(Violation::toString).collect(Collectors.joining("; ")));
    this.violations = List.copyOf(violations);
  }

  public List<Violation> violations() {
    return violations;
  }
}
