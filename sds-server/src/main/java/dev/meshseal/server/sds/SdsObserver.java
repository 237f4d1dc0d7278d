package dev.meshseal.server.sds;

import dev.meshseal.server.auth.NotAuthenticatedException;
import java.time.Duration;
import java.util.Optional;

/**
 * Is told what happens on streams, for metrics. Called on event loops: must return at once and not
 * throw. Every method does nothing unless overridden.
 */
public interface SdsObserver {
  SdsObserver NONE = new SdsObserver() {};

  /** Why a name gets nothing. */
  enum RefusedName {
    /** No secret has such a name. */
    UNKNOWN,
    /** The name is good, but not for this data plane. */
    FORBIDDEN
  }

  /** Why a stream was ended by us. */
  enum Ended {
    /** All that was asked for is answered. */
    DONE,
    NOT_AUTHENTICATED,
    NOT_PERMITTED,
    INVALID_REQUEST,
    LIMIT,
    FIRST_REQUEST_OVERDUE,
    CREDENTIAL_ENDED,
    DRAINED,
    FAILED
  }

  default void streamOpened(Service service, Variant variant) {}

  default void streamClosed(Service service, Variant variant) {}

  default void ended(Ended why) {}

  default void authFailed(NotAuthenticatedException.Reason reason) {}

  /**
   * A stream was refused for who it is.
   *
   * @param nodeId what Envoy called itself, where it came to that; unproved
   * @param reason one of a few words
   * @param message a sentence for the operator; no part of a token
   */
  default void refused(String peer, Optional<String> nodeId, String reason, String message) {}

  default void sent(SecretKind kind) {}

  default void acked(SecretKind kind, Duration sinceSent) {}

  default void nacked(SecretKind kind, String reason) {}

  default void refusedName(RefusedName reason) {}

  default void unknownType(String typeUrl) {}

  /** The first secret of a stream went out, this long after the stream was opened. */
  default void firstSecret(Duration sinceOpened) {}
}
