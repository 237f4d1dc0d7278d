package dev.meshseal.server.auth;

import io.grpc.Attributes;
import io.grpc.Metadata;
import java.util.concurrent.CompletionStage;

/** One way for a stream to prove itself: a token, a bound socket, a TokenReview. */
public interface WayIn {
  /**
   * Checks what a stream presents. Never blocks: what must wait completes later, from any thread.
   * Completes exceptionally with {@link NotAuthenticatedException}.
   */
  CompletionStage<Credential> authenticate(Metadata headers, Attributes transport);
}
