package dev.meshseal.server.auth;

import io.grpc.Attributes;
import io.grpc.Metadata;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/** One way for a stream to prove itself: a token, a bound socket, a TokenReview. */
public interface WayIn {
  /**
   * Checks what a stream presents. Never blocks: what must wait completes later, from any thread.
   * Completes exceptionally with {@link NotAuthenticatedException}.
   */
  CompletionStage<Credential> authenticate(Metadata headers, Attributes transport);

  /**
   * Why a credential of this way in, whose time has not run out, is good no longer. A live stream
   * asks when it is told to by {@link #onChange}. Never blocks.
   */
  default Optional<NotAuthenticatedException> withdrawn(Credential credential) {
    return Optional.empty();
  }

  /**
   * From now on calls {@code bell} after credentials may have been withdrawn, from any thread and
   * without a lock held; it must return at once.
   */
  default void onChange(Runnable bell) {}
}
