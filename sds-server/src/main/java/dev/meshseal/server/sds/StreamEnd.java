package dev.meshseal.server.sds;

import dev.meshseal.server.auth.NotAuthenticatedException;
import java.time.Duration;

/**
 * How we end a stream: the gRPC status, and a sentence that tells its owner what to do and a
 * stranger nothing. Envoy is quiet about {@code UNAVAILABLE}, {@code DEADLINE_EXCEEDED} and {@code
 * RESOURCE_EXHAUSTED} and warns of the others, so those are for what passes.
 */
record StreamEnd(Code code, String sentence, SdsObserver.Ended why) {
  enum Code {
    OK,
    INVALID_ARGUMENT,
    DEADLINE_EXCEEDED,
    NOT_FOUND,
    PERMISSION_DENIED,
    RESOURCE_EXHAUSTED,
    INTERNAL,
    UNAVAILABLE,
    UNAUTHENTICATED
  }

  static final StreamEnd DONE = new StreamEnd(Code.OK, "", SdsObserver.Ended.DONE);
  static final StreamEnd INTERNAL =
      new StreamEnd(
          Code.INTERNAL, "internal error; the server's log says more", SdsObserver.Ended.FAILED);
  static final StreamEnd DRAINED =
      new StreamEnd(
          Code.UNAVAILABLE,
          "the server is shutting down; connect again",
          SdsObserver.Ended.DRAINED);
  static final StreamEnd EXPIRED =
      new StreamEnd(
          Code.UNAUTHENTICATED,
          "the credential has expired; connect with a new one",
          SdsObserver.Ended.CREDENTIAL_ENDED);
  static final StreamEnd REVOKED =
      new StreamEnd(
          Code.UNAUTHENTICATED,
          "the credential has been revoked; connect with a new one",
          SdsObserver.Ended.CREDENTIAL_ENDED);
  static final StreamEnd NOT_PERMITTED =
      new StreamEnd(
          Code.PERMISSION_DENIED,
          "the credential is not for this node.id; the server's log says why",
          SdsObserver.Ended.NOT_PERMITTED);
  static final StreamEnd NO_SUCH_SECRET =
      new StreamEnd(
          Code.NOT_FOUND,
          "there is no secret of such a name for this data plane",
          SdsObserver.Ended.INVALID_REQUEST);
  static final StreamEnd NOT_READY =
      new StreamEnd(
          Code.UNAVAILABLE, "the secret is not ready yet; ask again", SdsObserver.Ended.LIMIT);

  static StreamEnd invalid(String sentence) {
    return new StreamEnd(Code.INVALID_ARGUMENT, sentence, SdsObserver.Ended.INVALID_REQUEST);
  }

  static StreamEnd exhausted(String sentence) {
    return new StreamEnd(Code.RESOURCE_EXHAUSTED, sentence, SdsObserver.Ended.LIMIT);
  }

  static StreamEnd overdue(Duration limit) {
    return new StreamEnd(
        Code.DEADLINE_EXCEEDED,
        "no discovery request came within %d s of opening the stream".formatted(limit.toSeconds()),
        SdsObserver.Ended.FIRST_REQUEST_OVERDUE);
  }

  static StreamEnd notAuthenticated(NotAuthenticatedException.Reason reason) {
    if (reason == NotAuthenticatedException.Reason.UNAVAILABLE) {
      return new StreamEnd(
          Code.UNAVAILABLE,
          "the credential could not be checked now; connect again",
          SdsObserver.Ended.NOT_AUTHENTICATED);
    }
    return new StreamEnd(
        Code.UNAUTHENTICATED,
        reason == NotAuthenticatedException.Reason.MISSING
            ? "a credential is missing; send metadata 'authorization' with a token"
            : "the credential was refused; the server's log says why",
        SdsObserver.Ended.NOT_AUTHENTICATED);
  }
}
