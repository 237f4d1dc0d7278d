package dev.meshseal.server.auth;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.crypto.ECDSASigner;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.UUID;

/** Writes data plane tokens with Kuma's claims, signed ES256 by a key of our own. */
public final class DataplaneTokenIssuer {
  private final SigningKey key;
  private final InstantSource clock;

  public DataplaneTokenIssuer(SigningKey key, InstantSource clock) {
    this.key = key;
    this.clock = clock;
  }

  /** A token that our server takes until its time is over, its key is retired or it is revoked. */
  public String issue(DataplaneTokenRequest request) {
    var header =
        new JWSHeader.Builder(JWSAlgorithm.ES256).type(JOSEObjectType.JWT).keyID(key.kid()).build();
    var token = new JWSObject(header, new Payload(claims(request).toJson()));
    try {
      token.sign(new ECDSASigner(key.privateKey()));
    } catch (JOSEException impossible) {
      throw new IllegalStateException("%s cannot sign".formatted(key), impossible);
    }
    return fitting(token.serialize());
  }

  private TokenClaims claims(DataplaneTokenRequest request) {
    var now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
    // The server's clock may be a little behind ours; Kuma leaves the same five seconds.
    var start = now.minus(DataplaneTokens.LEEWAY);
    return new TokenClaims(
        UUID.randomUUID().toString(),
        Optional.of(request.mesh()),
        request.name(),
        request.tags(),
        request.workload(),
        now.plus(request.validFor()),
        Optional.of(start),
        Optional.of(start));
  }

  private static String fitting(String token) {
    if (token.length() > DataplaneTokens.LONGEST) {
      throw new IllegalArgumentException(
          "the token would have %d characters, and the server takes %d; give it fewer tags"
              .formatted(token.length(), DataplaneTokens.LONGEST));
    }
    return token;
  }
}
