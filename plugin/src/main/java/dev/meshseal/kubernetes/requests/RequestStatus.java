package dev.meshseal.kubernetes.requests;

import dev.meshseal.ca.certmanager.Outcome;
import dev.meshseal.ca.certmanager.Outcome.Standing;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What a CertificateRequest's status says; nothing of it is believed to be well-formed. */
record RequestStatus(Optional<Outcome> end, Standing standing) {
  static RequestStatus of(GenericKubernetesResource request) {
    var name = String.valueOf(request.getMetadata().getName());
    var status = map(request.getAdditionalProperties().get("status"));
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

  private static RequestStatus ready(String name, Condition ready, Map<?, ?> status) {
    if (ready.isTrue()) {
      return bytes(status.get("certificate"))
          .map(pem -> ended(new Outcome.Issued(pem, bytes(status.get("ca")))))
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

  static Optional<Condition> condition(Map<?, ?> status, String type) {
    var conditions = status.get("conditions") instanceof List<?> list ? list : List.of();
    return conditions.stream()
        .map(RequestStatus::map)
        .filter(condition -> type.equals(condition.get("type")))
        .map(
            condition ->
                new Condition(
                    "True".equals(condition.get("status")),
                    text(condition.get("reason")),
                    text(condition.get("message"))))
        .findFirst();
  }

  static Map<?, ?> map(@Nullable Object value) {
    return value instanceof Map<?, ?> map ? map : Map.of();
  }

  private static String text(@Nullable Object value) {
    return value instanceof String text ? text : "";
  }

  // Bytes are base64 in JSON; what is not is handed on, to be refused by whoever reads it.
  private static Optional<String> bytes(@Nullable Object value) {
    var text = text(value);
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
