package dev.meshseal.server.auth;

import dev.meshseal.identity.Tags;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The claims of a data plane token that we look at: Kuma's, under Kuma's names, and the registered
 * ones (RFC 7519, 4.1). Kuma writes a restriction that is not there as an empty value.
 */
record TokenClaims(
    String id,
    Optional<String> mesh,
    Optional<String> name,
    Tags tags,
    Optional<String> workload,
    Instant expiresAt,
    Optional<Instant> notBefore,
    Optional<Instant> issuedAt) {
  private static final int LONGEST_ID = 128;
  // The year 9999: what a clock of ours can still tell.
  private static final long LAST_SECOND = 253_402_300_799L;

  /**
   * @throws Malformed if a claim is missing or of the wrong type; the message names it, and holds
   *     no value
   */
  static TokenClaims read(Map<String, Object> claims) {
    return new TokenClaims(
        id(claims),
        text(claims, "Mesh"),
        text(claims, "Name"),
        tags(claims),
        text(claims, "Workload"),
        time(claims, "exp").orElseThrow(() -> new Malformed("claim 'exp' is missing")),
        time(claims, "nbf"),
        time(claims, "iat"));
  }

  Map<String, Object> toJson() {
    var json = new LinkedHashMap<String, Object>();
    name.ifPresent(value -> json.put("Name", value));
    mesh.ifPresent(value -> json.put("Mesh", value));
    if (!tags.isEmpty()) {
      var values = new TreeMap<String, List<String>>();
      tags.values().forEach((tag, set) -> values.put(tag, List.copyOf(set)));
      json.put("Tags", values);
    }
    workload.ifPresent(value -> json.put("Workload", value));
    json.put("jti", id);
    issuedAt.ifPresent(time -> json.put("iat", time.getEpochSecond()));
    notBefore.ifPresent(time -> json.put("nbf", time.getEpochSecond()));
    json.put("exp", expiresAt.getEpochSecond());
    return json;
  }

  /** A token that is not one of ours to read. */
  static final class Malformed extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    Malformed(String message) {
      super(message);
    }
  }

  private static String id(Map<String, Object> claims) {
    var id = text(claims, "jti").orElseThrow(() -> new Malformed("claim 'jti' is missing"));
    requireId(id);
    return id;
  }

  // A list of revoked tokens names them with commas and spaces between.
  static void requireId(String id) {
    if (id.isEmpty()
        || id.length() > LONGEST_ID
        || !id.chars().allMatch(c -> c > ' ' && c < 127 && c != ',')) {
      throw new Malformed(
          "claim 'jti' must be 1 to %d printable characters without space or comma"
              .formatted(LONGEST_ID));
    }
  }

  private static Optional<String> text(Map<String, Object> claims, String claim) {
    return switch (claims.get(claim)) {
      case null -> Optional.empty();
      case String text -> Optional.of(plain(text, claim)).filter(value -> !value.isEmpty());
      default -> throw new Malformed("claim '%s' must be a string".formatted(claim));
    };
  }

  private static Tags tags(Map<String, Object> claims) {
    return switch (claims.get("Tags")) {
      case null -> Tags.NONE;
      case Map<?, ?> map -> sorted(map);
      default -> throw wrongTags();
    };
  }

  private static Tags sorted(Map<?, ?> map) {
    var tags = new TreeMap<String, Set<String>>();
    map.forEach((tag, values) -> tags.put(tag(tag), values(values)));
    return Tags.of(tags);
  }

  private static String tag(Object tag) {
    return tag instanceof String text ? plain(text, "Tags") : refuseTags();
  }

  private static Set<String> values(Object values) {
    if (!(values instanceof List<?> list)) {
      throw wrongTags();
    }
    var texts = new ArrayList<String>();
    list.forEach(value -> texts.add(tag(value)));
    return new TreeSet<>(texts);
  }

  private static String refuseTags() {
    throw wrongTags();
  }

  private static Malformed wrongTags() {
    return new Malformed("claim 'Tags' must be an object of lists of strings");
  }

  private static Optional<Instant> time(Map<String, Object> claims, String claim) {
    return switch (claims.get(claim)) {
      case null -> Optional.empty();
      case Number number -> Optional.of(instant(number, claim));
      default -> throw notATime(claim);
    };
  }

  private static Instant instant(Number number, String claim) {
    var seconds = number.doubleValue();
    if (!(seconds >= 0 && seconds <= LAST_SECOND)) {
      throw notATime(claim);
    }
    return Instant.ofEpochSecond((long) seconds);
  }

  private static Malformed notATime(String claim) {
    return new Malformed("claim '%s' must be a time in seconds since 1970".formatted(claim));
  }

  // What is in a claim may end up in a certificate, a log line or a file name.
  private static String plain(String text, String claim) {
    if (text.codePoints().anyMatch(Character::isISOControl)) {
      throw new Malformed("claim '%s' holds a control character".formatted(claim));
    }
    return text;
  }
}
