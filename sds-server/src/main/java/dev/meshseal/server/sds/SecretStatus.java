package dev.meshseal.server.sds;

import java.time.Instant;
import java.util.Optional;

/**
 * What is known of one name on one stream.
 *
 * @param nacked the last refusal, also when a later version was accepted
 * @param waiting why nothing newer was sent yet, where something is to come
 * @param refused why nothing will be sent, as things are
 */
public record SecretStatus(
    String name,
    SecretKind kind,
    Optional<Delivered> sent,
    Optional<Delivered> acked,
    Optional<Nacked> nacked,
    Optional<String> waiting,
    Optional<String> refused) {

  /**
   * A version that went out, or that came back accepted.
   *
   * @param serial of the leaf certificate, of an identity
   */
  public record Delivered(String version, Optional<String> serial, Instant at) {}

  public record Nacked(String version, String reason, Instant at) {}
}
