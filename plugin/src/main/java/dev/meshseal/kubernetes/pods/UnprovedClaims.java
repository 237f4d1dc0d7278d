package dev.meshseal.kubernetes.pods;

import dev.meshseal.kubernetes.pods.Review.Cause;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a service-account token says of itself (KEP-1205), before anybody has verified it: enough to
 * refuse it without a call, never to accept it. Prints none of it.
 *
 * @param pod {@code NAMESPACE/NAME}, for messages
 */
record UnprovedClaims(
    String issuer, List<String> audiences, Instant expiresAt, Optional<String> pod) {
  private static final int LONGEST_TOKEN = 16 * 1024;
  private static final int SHOWN = 64;
  // The year 9999: what a clock of ours can still tell.
  private static final long LAST_SECOND = 253_402_300_799L;
  private static final JsonMapper JSON =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder().maxNestingDepth(16).build())
                  .build())
          .build();

  /** A token that cannot be one of a pod. */
  static final class Refusal extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient Review.Refused refused;

    Refusal(Cause cause, String sentence) {
      super(sentence);
      this.refused = new Review.Refused(cause, sentence);
    }

    Review.Refused refused() {
      return refused;
    }
  }

  static UnprovedClaims read(String token) throws Refusal {
    if (token.length() > LONGEST_TOKEN) {
      throw malformed(
          "the token has %d characters, more than the %d allowed"
              .formatted(token.length(), LONGEST_TOKEN));
    }
    var claims = claims(token);
    var kubernetes = claims.path("kubernetes.io");
    return new UnprovedClaims(
        printable(claims.path("iss").asString("")),
        audiences(claims.path("aud")),
        expiresAt(claims.path("exp")),
        pod(kubernetes));
  }

  private static JsonNode claims(String token) throws Refusal {
    var parts = token.split("\\.", -1);
    if (parts.length != 3) {
      throw malformed("the token is not a signed JWT");
    }
    try {
      var claims =
          JSON.readTree(
              new String(Base64.getUrlDecoder().decode(parts[1]), StandardCharsets.UTF_8));
      if (claims != null && claims.isObject()) {
        return claims;
      }
    } catch (IllegalArgumentException | JacksonException unreadable) {
      // Its message may quote the token.
    }
    throw malformed("the token's payload is not a JSON object");
  }

  // One string or a list of them (RFC 7519, 4.1.3).
  private static List<String> audiences(JsonNode claim) {
    return claim.isArray()
        ? claim.valueStream().map(one -> one.asString("")).toList()
        : claim.isString() ? List.of(claim.asString()) : List.of();
  }

  private static Instant expiresAt(JsonNode claim) throws Refusal {
    if (!claim.isNumber() || !(claim.asDouble() >= 0 && claim.asDouble() <= LAST_SECOND)) {
      throw malformed("the token's claim 'exp' is missing or no time; use a projected token");
    }
    return Instant.ofEpochSecond((long) claim.asDouble());
  }

  private static Optional<String> pod(JsonNode kubernetes) {
    var name = kubernetes.path("pod").path("name").asString("");
    return name.isEmpty()
        ? Optional.empty()
        : Optional.of(printable(kubernetes.path("namespace").asString("") + "/" + name));
  }

  String shownAudiences() {
    return audiences.isEmpty() ? "no audience" : "audience " + printable(audiences.toString());
  }

  private static Refusal malformed(String sentence) {
    return new Refusal(Cause.MALFORMED, sentence);
  }

  /** What an unverified token says may be long, or drive a terminal. */
  static String printable(String text) {
    var shown = text.codePoints().limit(SHOWN).map(c -> c >= ' ' && c < 127 ? c : '?');
    return shown.collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        + (text.codePointCount(0, text.length()) > SHOWN ? "…" : "");
  }

  @Override
  public String toString() {
    return "the claims of a token";
  }
}
