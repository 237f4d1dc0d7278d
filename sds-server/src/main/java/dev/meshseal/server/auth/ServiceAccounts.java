package dev.meshseal.server.auth;

import dev.meshseal.identity.DataplaneId;
import java.time.Instant;
import java.util.Optional;

/** Who holds the token of a service account, by the word of the platform that gave it out. */
public interface ServiceAccounts {
  /** The answer to a token. No sentence holds a part of it. */
  sealed interface Verdict {
    /**
     * It is the token of this proxy.
     *
     * @param holder the UID of the pod, which no other pod ever has
     * @param expiresAt when the token ends
     */
    record Good(DataplaneId dataplane, String holder, Instant expiresAt) implements Verdict {}

    record Refused(NotAuthenticatedException.Reason reason, String sentence) implements Verdict {}

    /** The platform did not say; asking again may help. */
    record Unavailable(String sentence) implements Verdict {}
  }

  /** Whose a token is. Blocks, with a deadline. */
  Verdict check(String token);

  /** Why a holder is that proxy no longer; empty while it is. Never blocks. */
  Optional<String> lost(DataplaneId dataplane, String holder);

  /**
   * From now on calls {@code bell} after holders may have been lost, from any thread and without a
   * lock held; it must return at once.
   */
  void onLost(Runnable bell);
}
