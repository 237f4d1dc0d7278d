package dev.meshseal.server.auth;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObject;
import dev.meshseal.identity.Tags;
import dev.meshseal.server.auth.NotAuthenticatedException.Reason;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Verifies data plane tokens: JWTs with the claims of Kuma, signed RS256 or ES256 by a key whose
 * {@code kid} we know (RFC 7515, RFC 7519, RFC 8725). No message holds a part of a token, but for
 * the beginning of the {@code jti} of one whose signature was good. Never blocks; thread-safe.
 */
public final class DataplaneTokens {
  /** Longer ones are refused before they are read. */
  public static final int LONGEST = 8 * 1024;

  /** How far ahead of ours the clock may be that wrote {@code nbf} and {@code iat}. */
  public static final Duration LEEWAY = Duration.ofSeconds(5);

  private static final Set<JWSAlgorithm> ALGORITHMS =
      Set.of(JWSAlgorithm.RS256, JWSAlgorithm.ES256);
  private static final int SHOWN_OF_ID = 8;

  private final VerificationKeys keys;
  private final Revocations revocations;
  private final InstantSource clock;
  private final Same<Optional<String>> words = new Same<>();
  private final Same<Tags> tags = new Same<>();

  public DataplaneTokens(VerificationKeys keys, Revocations revocations, InstantSource clock) {
    this.keys = keys;
    this.revocations = revocations;
    this.clock = clock;
  }

  /**
   * What a token allows.
   *
   * @throws NotAuthenticatedException if it is not a good token now
   */
  public Credential verify(String token) {
    var parsed = parse(token);
    var kid = kid(parsed.getHeader());
    var claims = claims(parsed);
    requireSigned(parsed, kid, claims);
    requireTime(claims);
    var credential = credential(kid, claims);
    withdrawn(credential)
        .ifPresent(
            refusal -> {
              throw refusal;
            });
    return credential;
  }

  /** Why a token that was good is so no longer, its time apart; empty for what is no token. */
  public Optional<NotAuthenticatedException> withdrawn(Credential credential) {
    return credential.tokenId().flatMap(id -> withdrawn(credential, id));
  }

  private Optional<NotAuthenticatedException> withdrawn(Credential credential, String id) {
    if (revocations.isRevoked(credential.permits().mesh(), id)) {
      return Optional.of(refusal(Reason.REVOKED, credential.subject() + " is revoked"));
    }
    var kid = credential.keyId().orElse("");
    if (keys.find(kid, credential.permits().mesh()).isEmpty()) {
      return Optional.of(
          refusal(
              Reason.UNKNOWN_KEY,
              "%s was signed by key '%s', which is no longer known; generate a new token"
                  .formatted(credential.subject(), printable(kid))));
    }
    return Optional.empty();
  }

  /** Calls {@code bell} after tokens may have been withdrawn. */
  public void onChange(Runnable bell) {
    keys.onChange(bell);
    revocations.onChange(bell);
  }

  /** How a token is called in logs, and by what limits count. */
  static String subject(String tokenId) {
    return "token "
        + (tokenId.length() <= SHOWN_OF_ID ? tokenId : tokenId.substring(0, SHOWN_OF_ID) + "…");
  }

  private static JWSObject parse(String token) {
    if (token.length() > LONGEST) {
      throw refusal(
          Reason.MALFORMED,
          "the token has %d characters, more than the %d allowed"
              .formatted(token.length(), LONGEST));
    }
    try {
      return JWSObject.parse(token);
    } catch (ParseException | IllegalArgumentException e) {
      throw unsigned(token)
          ? refusal(Reason.ALGORITHM, "the token is not signed; it must be RS256 or ES256")
          : refusal(Reason.MALFORMED, "the token is not a signed JWT");
    }
  }

  // A header of alg none is no JWS to the parser; the operator is told what is wrong with it.
  private static boolean unsigned(String token) {
    var dot = token.indexOf('.');
    try {
      return dot > 0
          && "none"
              .equalsIgnoreCase(
                  com.nimbusds.jose.Header.parse(
                          new com.nimbusds.jose.util.Base64URL(token.substring(0, dot)))
                      .getAlgorithm()
                      .getName());
    } catch (ParseException | IllegalArgumentException e) {
      return false;
    }
  }

  private static String kid(JWSHeader header) {
    if (!ALGORITHMS.contains(header.getAlgorithm())) {
      throw refusal(
          Reason.ALGORITHM,
          "the token is signed with %s; it must be RS256 or ES256"
              .formatted(printable(header.getAlgorithm().getName())));
    }
    if (header.getCriticalParams() != null) {
      throw refusal(Reason.MALFORMED, "the token's header has 'crit', which we do not understand");
    }
    var kid = header.getKeyID();
    if (kid == null || kid.isEmpty()) {
      throw refusal(Reason.MALFORMED, "the token's header has no 'kid'");
    }
    return kid;
  }

  private static TokenClaims claims(JWSObject token) {
    var json = token.getPayload().toJSONObject();
    if (json == null) {
      throw refusal(Reason.MALFORMED, "the token's payload is not a JSON object");
    }
    try {
      return TokenClaims.read(json);
    } catch (TokenClaims.Malformed e) {
      throw refusal(Reason.MALFORMED, "the token's " + e.getMessage());
    }
  }

  private void requireSigned(JWSObject token, String kid, TokenClaims claims) {
    var known = keys.find(kid, claims.mesh());
    if (known.isEmpty()) {
      throw refusal(
          Reason.UNKNOWN_KEY,
          "the token is signed by key '%s', which is not known for %s; generate a new token if keys were rotated"
              .formatted(
                  printable(kid),
                  claims.mesh().map(DataplaneTokens::meshName).orElse("every mesh")));
    }
    var fitting = fitting(known, token.getHeader().getAlgorithm());
    if (fitting.stream().noneMatch(key -> key.signed(token))) {
      throw refusal(
          Reason.SIGNATURE,
          "the token's signature is not of key '%s'; it was altered, or signed by another server"
              .formatted(printable(kid)));
    }
  }

  private static List<VerificationKey> fitting(
      List<VerificationKey> known, JWSAlgorithm algorithm) {
    var fitting = known.stream().filter(key -> key.algorithm().equals(algorithm)).toList();
    if (fitting.isEmpty()) {
      throw refusal(
          Reason.ALGORITHM,
          "the token is signed with %s, but its key is for %s"
              .formatted(algorithm, known.getFirst().algorithm()));
    }
    return fitting;
  }

  private void requireTime(TokenClaims claims) {
    var now = clock.instant();
    var subject = subject(claims.id());
    if (!now.isBefore(claims.expiresAt())) {
      throw refusal(
          Reason.EXPIRED,
          "%s expired at %s, and it is %s; generate a new token"
              .formatted(subject, claims.expiresAt(), now));
    }
    claims.notBefore().ifPresent(start -> requireStarted(subject, start, now));
    claims.issuedAt().ifPresent(start -> requireStarted(subject, start, now));
  }

  private static void requireStarted(String subject, Instant start, Instant now) {
    if (now.plus(LEEWAY).isBefore(start)) {
      throw refusal(
          Reason.NOT_YET_VALID,
          "%s is valid from %s, and it is %s; set the clocks".formatted(subject, start, now));
    }
  }

  private Credential credential(String kid, TokenClaims claims) {
    var permits =
        new Credential.Permits(
            words.of(claims.mesh()),
            claims.name(),
            tags.of(claims.tags()),
            words.of(claims.workload()));
    return new Credential(
        subject(claims.id()),
        permits,
        claims.expiresAt(),
        Optional.of(claims.id()),
        words.of(Optional.of(kid)),
        Optional.empty(),
        Credential.NodeId.CLAIM);
  }

  private static String meshName(String mesh) {
    return "mesh '" + printable(mesh) + "'";
  }

  // What an unverified token says may be long, or drive a terminal.
  private static String printable(String text) {
    var shown = text.codePoints().limit(32).map(c -> c >= ' ' && c < 127 ? c : '?');
    return shown.collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        + (text.length() > 32 ? "…" : "");
  }

  private static NotAuthenticatedException refusal(Reason reason, String message) {
    return new NotAuthenticatedException(reason, message);
  }
}
