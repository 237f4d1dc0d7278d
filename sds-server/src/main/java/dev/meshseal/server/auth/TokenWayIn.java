package dev.meshseal.server.auth;

import io.grpc.Attributes;
import io.grpc.Metadata;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Proves a stream by the data plane token in its metadata {@code authorization}. */
public final class TokenWayIn implements WayIn {
  private final DataplaneTokens tokens;

  public TokenWayIn(DataplaneTokens tokens) {
    this.tokens = tokens;
  }

  @Override
  public CompletionStage<Credential> authenticate(Metadata headers, Attributes transport) {
    try {
      return CompletableFuture.completedStage(
          tokens.verify(AuthorizationHeader.token(headers, "a data plane token")));
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
}
