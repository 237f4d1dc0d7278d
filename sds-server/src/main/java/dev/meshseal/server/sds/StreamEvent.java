package dev.meshseal.server.sds;

import dev.meshseal.server.auth.Credential;
import dev.meshseal.server.auth.NotAuthenticatedException;

/** Everything that can happen to a stream. */
sealed interface StreamEvent {
  /** The credential is good. */
  record Authenticated(Credential credential) implements StreamEvent {}

  /** The credential is missing or wrong. */
  record NotAuthenticated(NotAuthenticatedException why) implements StreamEvent {}

  /** The client asks, acknowledges or refuses. */
  record Requested(Message message) implements StreamEvent {}

  /** The bell: something that the stream asked for is not as it was. */
  record SecretsChanged() implements StreamEvent {}

  /** The client has read what it was sent. */
  record WritableAgain() implements StreamEvent {}

  /** The operator has changed what is known of the data plane. */
  record DataplaneChanged() implements StreamEvent {}

  /** The client will ask no more. */
  record HalfClosed() implements StreamEvent {}

  /** We end it: a time is over, a credential revoked, the server shuts down. */
  record EndRequired(StreamEnd end) implements StreamEvent {}

  /** The client or the connection is gone. */
  record Closed() implements StreamEvent {}
}
