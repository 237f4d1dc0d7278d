package dev.meshseal.server.auth;

import com.nimbusds.jose.JWSObject;
import java.text.ParseException;
import java.time.Instant;
import java.util.Optional;

/**
 * By what a token is revoked.
 *
 * @param expiresAt from when on it need not be remembered; empty where that is not known
 */
public record TokenId(String id, Optional<Instant> expiresAt) {
  public TokenId {
    TokenClaims.requireId(id);
  }

  /** The id of a token that need not be good: to revoke one more than is needed harms nobody. */
  public static TokenId of(String token) {
    try {
      var json = JWSObject.parse(token).getPayload().toJSONObject();
      if (json == null) {
        throw new IllegalArgumentException("the payload is not a JSON object");
      }
      var claims = TokenClaims.read(json);
      return new TokenId(claims.id(), Optional.of(claims.expiresAt()));
    } catch (ParseException | IllegalArgumentException e) {
      throw new IllegalArgumentException("this is not a data plane token", e);
    }
  }
}
