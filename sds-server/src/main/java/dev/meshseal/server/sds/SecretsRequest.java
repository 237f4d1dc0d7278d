package dev.meshseal.server.sds;

import java.util.List;
import java.util.Optional;

/**
 * One discovery request, without what we do not use of it: versions that a client claims to hold
 * are no reason to send less, so they are not even read.
 *
 * @param node only in the first request of a stream, where the client was so configured
 * @param nonce of the response that this acknowledges or refuses; empty in a first request
 * @param refusal why the response of that nonce was refused, if it was
 */
record SecretsRequest(
    Optional<Node> node, String typeUrl, String nonce, Optional<String> refusal, Names names)
    implements Message {

  /** Who asks, by its own account. */
  record Node(String id, String userAgent) {}

  /** What is asked for. */
  sealed interface Names {
    /** Everything that the client wants from now on. */
    record Whole(List<String> names) implements Names {}

    /** What the client wants more than before, and what less. */
    record Change(List<String> subscribe, List<String> unsubscribe) implements Names {}
  }
}
