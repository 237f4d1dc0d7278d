package dev.meshseal.x509;

import java.util.List;

/** What an authority returned is not what was asked, or would not be accepted by a peer. */
public final class CertificateCheckException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient List<String> problems;

  CertificateCheckException(LeafRequest request, List<String> problems) {
    super(
        "certificate for data plane '%s' is refused: %s"
            .formatted(request.identity().id(), String.join("; ", problems)));
    this.problems = List.copyOf(problems);
  }

  /** Every reason, each with both values. */
  public List<String> problems() {
    return problems;
  }
}
