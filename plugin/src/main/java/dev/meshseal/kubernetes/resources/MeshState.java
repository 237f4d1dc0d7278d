package dev.meshseal.kubernetes.resources;

import dev.meshseal.mesh.Document;
import dev.meshseal.mesh.Mesh;
import dev.meshseal.mesh.Violation;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What is known of one Mesh, and what is to be said of it.
 *
 * @param object the Mesh as the API server has it, once it has been seen
 * @param inForce what issues now, which may be older than the object
 * @param failure why what the object declares is not in force
 * @param notIssuing why what is in force brings no proxy a certificate
 */
record MeshState(
    Optional<Seen> object,
    Optional<Mesh> inForce,
    Optional<String> failure,
    Optional<String> notIssuing) {
  static final MeshState UNKNOWN =
      new MeshState(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());

  /** No condition of an API server may say more. */
  private static final int LONGEST = 32_768;

  record Seen(ClusterObject mesh, Document document) {}

  /** One condition, but for when it last changed. */
  record Condition(String type, Truth truth, String reason, String message) {
    Condition {
      message = message.length() <= LONGEST ? message : message.substring(0, LONGEST - 3) + "...";
    }
  }

  enum Truth {
    TRUE("True"),
    FALSE("False"),
    UNKNOWN("Unknown");

    private final String word;

    Truth(String word) {
      this.word = word;
    }

    @Override
    public String toString() {
      return word;
    }
  }

  MeshState seen(ClusterObject mesh, Document document) {
    var same = object.filter(before -> before.document().equals(document)).isPresent();
    return new MeshState(
        Optional.of(new Seen(mesh, document)),
        inForce,
        same ? failure : Optional.empty(),
        same ? notIssuing : Optional.empty());
  }

  /** What is in force may be older than what is declared, and not in force. */
  MeshState applied(Mesh mesh) {
    var declared = object.map(Seen::document);
    boolean isAll =
        declared
            .filter(one -> one instanceof Document.Valid valid && valid.resource().equals(mesh))
            .isPresent();
    return new MeshState(object, Optional.of(mesh), isAll ? Optional.empty() : failure, notIssuing);
  }

  MeshState notApplied(String sentence) {
    return new MeshState(object, inForce, Optional.of(sentence), notIssuing);
  }

  MeshState issuing() {
    return new MeshState(object, inForce, failure, Optional.empty());
  }

  MeshState notIssuing(String sentence) {
    return new MeshState(object, inForce, failure, Optional.of(sentence));
  }

  /** The same, with what the API server has now. */
  MeshState with(ClusterObject mesh) {
    return new MeshState(
        object.map(seen -> new Seen(mesh, seen.document())), inForce, failure, notIssuing);
  }

  List<Condition> conditions() {
    return object
        .map(seen -> List.of(valid(seen.document()), ready(seen.document())))
        .orElse(List.of());
  }

  private static Condition valid(Document document) {
    return switch (document) {
      case Document.Valid valid ->
          new Condition(
              "Valid",
              Truth.TRUE,
              "Valid",
              valid.notes().isEmpty()
                  ? "nothing is wrong with it"
                  : String.join("; ", valid.notes()));
      case Document.Refused refused ->
          new Condition("Valid", Truth.FALSE, "MeshRefused", violations(refused));
      case Document.Ignored ignored ->
          new Condition("Valid", Truth.FALSE, "MeshRefused", ignored.note());
    };
  }

  private static String violations(Document.Refused refused) {
    return refused.violations().stream().map(Violation::toString).collect(Collectors.joining("; "));
  }

  /** What an operator waits for: that all the Mesh declares is in force. */
  Condition ready() {
    return object
        .map(seen -> ready(seen.document()))
        .orElseGet(() -> ready(Truth.UNKNOWN, "Opening", "it has not been read yet"));
  }

  private Condition ready(Document document) {
    if (!(document instanceof Document.Valid valid)) {
      return ready(
          Truth.FALSE,
          "MeshRefused",
          inForce.isPresent()
              ? "it is refused; the last good version of it stays in force"
              : "it is refused, and there is no earlier version of it in force");
    }
    if (failure.isPresent()) {
      return ready(Truth.FALSE, "BackendNotReady", failure.get());
    }
    if (inForce.filter(mesh -> mesh.equals(valid.resource())).isPresent()) {
      if (notIssuing.isPresent()) {
        return ready(Truth.FALSE, "NotIssuing", notIssuing.get());
      }
      return ready(
          Truth.TRUE,
          "MeshApplied",
          inForce
              .flatMap(Mesh::issuing)
              .map(
                  backend ->
                      "backend '%s' of type %s issues"
                          .formatted(backend.name(), backend.conf().type()))
              .orElse("mTLS is off, as no backend is enabled"));
    }
    return ready(Truth.UNKNOWN, "Opening", "its backends are being opened");
  }

  private static Condition ready(Truth truth, String reason, String message) {
    return new Condition("Ready", truth, reason, message);
  }

  /** What is told as an Event: the reason of not being ready in full, where there is one. */
  Condition told() {
    return conditions().stream()
        .filter(condition -> condition.reason().equals("MeshRefused"))
        .findFirst()
        .orElseGet(this::ready);
  }
}
