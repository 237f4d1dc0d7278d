package dev.meshseal.kubernetes.requests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meshseal.ca.certmanager.Outcome;
import dev.meshseal.ca.certmanager.Outcome.Standing;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class RequestStatusTest {
  @Test
  void endsWithTheCertificateAndTheAuthority() {
    var status =
        status(
            Map.of("certificate", base64("leaf"), "ca", base64("root")),
            condition("Approved", "True", "", ""),
            condition("Ready", "True", "Issued", "done"));

    assertThat(status.end()).contains(new Outcome.Issued("leaf", Optional.of("root")));
  }

  @Test
  void endsWithoutAnAuthorityWhereNoneIsNamed() {
    assertThat(
            status(
                    Map.of("certificate", base64("leaf"), "ca", ""),
                    condition("Ready", "True", "Issued", ""))
                .end())
        .contains(new Outcome.Issued("leaf", Optional.empty()));
  }

  @Test
  void waitsForTheCertificateOfARequestThatIsReady() {
    var status = status(Map.of(), condition("Ready", "True", "Issued", ""));

    assertThat(status.end()).isEmpty();
    assertThat(status.standing()).isEqualTo(new Standing.ReadyWithoutCertificate());
  }

  @Test
  void handsOnWhatIsNotBase64SoThatItIsRefused() {
    assertThat(status(Map.of("certificate", "A"), condition("Ready", "True", "Issued", "")).end())
        .contains(new Outcome.Issued("A", Optional.empty()));
  }

  @Test
  void endsDeniedInvalidOrFailedWithTheWordsOfWhoSaidSo() {
    assertThat(status(Map.of(), condition("Denied", "True", "policy", "no")).end())
        .contains(new Outcome.Denied("r-1", "policy", "no"));
    assertThat(
            status(
                    Map.of(),
                    condition("Ready", "False", "Failed", "f"),
                    condition("InvalidRequest", "True", "odd", "names"))
                .end())
        .contains(new Outcome.Invalid("r-1", "odd", "names"));
    assertThat(status(Map.of(), condition("Ready", "False", "Failed", "boom")).end())
        .contains(new Outcome.Failed("r-1", "Failed", "boom"));
    assertThat(status(Map.of(), condition("Ready", "False", "Denied", "no")).end())
        .contains(new Outcome.Denied("r-1", "Denied", "no"));
  }

  @Test
  void tellsWhoIsWaitedFor() {
    assertThat(status(Map.of()).standing()).isEqualTo(new Standing.NotApproved());
    assertThat(status(Map.of(), condition("Approved", "True", "", "")).standing())
        .isEqualTo(new Standing.Untouched());
    assertThat(status(Map.of(), condition("Ready", "False", "Pending", "later")).standing())
        .isEqualTo(new Standing.Pending("Pending", "later"));
    assertThat(status(Map.of(), condition("Ready", "Unknown", "", "")).standing())
        .isEqualTo(new Standing.Pending("", ""));
  }

  @Test
  void takesAnythingForAStatus() {
    for (Object odd : List.of("text", 1, List.of(), Map.of("conditions", Map.of("a", 1)))) {
      assertThat(RequestStatus.of(request(odd)).standing()).isEqualTo(new Standing.NotApproved());
    }
    assertThat(RequestStatus.of(JsonMapper.shared().readTree("{}")).end()).isEmpty();
  }

  /** A condition of a status. */
  private record Condition(String type, String status, String reason, String message) {
    Map<String, Object> json() {
      return Map.of("type", type, "status", status, "reason", reason, "message", message);
    }
  }

  private static RequestStatus status(Map<String, Object> fields, Condition... conditions) {
    var status = new HashMap<String, Object>(fields);
    status.put("conditions", Stream.of(conditions).map(Condition::json).toList());
    return RequestStatus.of(request(status));
  }

  private static JsonNode request(Object status) {
    return JsonMapper.shared()
        .valueToTree(Map.of("metadata", Map.of("name", "r-1"), "status", status));
  }

  private static Condition condition(String type, String status, String reason, String message) {
    return new Condition(type, status, reason, message);
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.US_ASCII));
  }
}
