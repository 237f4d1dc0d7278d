package dev.meshseal.kubernetes.pods;

import java.time.Instant;

/** What the API server made of a token. */
public sealed interface Review {
  /**
   * It is the token of a pod that was there when the API server looked.
   *
   * @param expiresAt when the token ends
   */
  record Good(String namespace, String serviceAccount, String pod, String podUid, Instant expiresAt)
      implements Review {
    PodName podName() {
      return new PodName(namespace, pod);
    }
  }

  /** It is not, and asking again does not help. The sentence holds no part of the token. */
  record Refused(Cause cause, String sentence) implements Review {}

  /** Nobody could say; asking again may help. */
  record Unavailable(String sentence) implements Review {}

  /** Why a token is refused. */
  enum Cause {
    /** Not the form of a service-account token. */
    MALFORMED,
    EXPIRED,
    NOT_YET_VALID,
    /** It is for somebody else. */
    AUDIENCE,
    /** It is for any pod of its service account, or for none. */
    NOT_BOUND,
    /** The pod, or its service account, is there no longer. */
    GONE,
    /** The API server does not know its issuer or key. */
    FOREIGN
  }
}
