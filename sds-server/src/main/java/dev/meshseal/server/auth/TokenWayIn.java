package dev.meshseal.server.auth;

import dev.meshseal.server.auth.NotAuthenticatedException.Reason;
import io.grpc.Attributes;
import io.grpc.Metadata;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Proves a stream by the data plane token in its metadata {@code authorization}: the token alone,
 * as Kuma's sidecars send it, or after {@code Bearer} (RFC 6750, 2.1).
 */
public final class TokenWayIn implements WayIn {
  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);
  private static final String BEARER = "Bearer ";

  private final DataplaneTokens tokens;

  public TokenWayIn(DataplaneTokens tokens) {
    this.tokens = tokens;
  }

  @Override
  public CompletionStage<Credential> authenticate(Metadata headers, Attributes transport) {
    try {
      return CompletableFuture.completedStage(tokens.verify(token(headers)));
    } catch (NotAuthenticatedException refused) {
      return CompletableFuture.failedStage(refused);
    }
  }

  @Override
  public Optional<NotAuthenticatedException> withdrawn(Credential credential) {
    return tokens.withdrawn(credential);
  }

  @Override
  public void onChange(Runnable bell) {
    tokens.onChange(bell);
  }

  private static String token(Metadata headers) {
    var values = headers.getAll(AUTHORIZATION);
    if (values == null) {
      throw new NotAuthenticatedException(
          Reason.MISSING, "the request has no 'authorization'; it must carry a data plane token");
    }
    var all = values.iterator();
    var value = all.next();
    if (all.hasNext()) {
      throw new NotAuthenticatedException(
          Reason.MALFORMED,
          "the request has more than one 'authorization'; it must have exactly one");
    }
    // The scheme is matched without case (RFC 9110, 11.1).
    return value.regionMatches(true, 0, BEARER, 0, BEARER.length())
        ? value.substring(BEARER.length())
        : value;
  }
}
