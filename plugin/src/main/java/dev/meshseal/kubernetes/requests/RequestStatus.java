package dev.meshseal.kubernetes.requests;

import dev.meshseal.ca.certmanager.Outcome;
import dev.meshseal.ca.certmanager.Outcome.Standing;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** What a CertificateRequest's status says; nothing of it is believed to be well-formed. */
record RequestStatus(Optional<Outcome> end, Standing standing) {
  static RequestStatus of(JsonNode request) {
    var name = request.path("metadata").path("name").asString("");
    var status = request.path("status");
    var ready = condition(status, "Ready");
    var denied = condition(status, "Denied").filter(Condition::isTrue);
    var invalid = condition(status, "InvalidRequest").filter(Condition::isTrue);
    if (denied.isPresent()) {
      return ended(new Outcome.Denied(name, denied.get().reason(), denied.get().message()));
    }
    if (invalid.isPresent()) {
      return ended(new Outcome.Invalid(name, invalid.get().reason(), invalid.get().message()));
    }
    if (ready.isEmpty()) {
      return stands(
          condition(status, "Approved").filter(Condition::isTrue).isPresent()
              ? new Standing.Untouched()
              : new Standing.NotApproved());
    }
    return ready(name, ready.get(), status);
  }

  private static RequestStatus ready(String name, Condition ready, JsonNode status) {
    if (ready.isTrue()) {
      return bytes(status.path("certificate"))
          .map(pem -> ended(new Outcome.Issued(pem, bytes(status.path("ca")))))
          .orElseGet(() -> stands(new Standing.ReadyWithoutCertificate()));
    }
    return switch (ready.reason()) {
      case "Failed" -> ended(new Outcome.Failed(name, ready.reason(), ready.message()));
      case "Denied" -> ended(new Outcome.Denied(name, ready.reason(), ready.message()));
      default -> stands(new Standing.Pending(ready.reason(), ready.message()));
    };
  }

  private static RequestStatus ended(Outcome outcome) {
    return new RequestStatus(Optional.of(outcome), new Standing.Untouched());
  }

  private static RequestStatus stands(Standing standing) {
    return new RequestStatus(Optional.empty(), standing);
  }

  /** A condition of a status. */
  record Condition(boolean isTrue, String reason, String message) {}

  static Optional<Condition> condition(JsonNode status, String type) {
    return status
        .path("conditions")
        .valueStream()
        .filter(condition -> condition.path("type").asString("").equals(type))
        .map(
            condition ->
                new Condition(
                    condition.path("status").asString("").equals("True"),
                    condition.path("reason").asString(""),
                    condition.path("message").asString("")))
        .findFirst();
  }

  // Bytes are base64 in JSON; what is not is handed on, to be refused by whoever reads it.
  private static Optional<String> bytes(JsonNode value) {
    var text = value.asString("");
    if (text.isBlank()) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          new String(Base64.getMimeDecoder().decode(text), StandardCharsets.ISO_8859_1));
    } catch (IllegalArgumentException notBase64) {
      return Optional.of(text);
    }
  }
}
