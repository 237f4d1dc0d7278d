package dev.meshseal.server.sds;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * One name on one stream: what was sent, what came back. Changed only by its stream; {@link
 * #status} may be read from any thread.
 */
final class Subscription {
  static final Standing SERVED = new Standing.Served();
  private static final Delivery NOTHING = new Delivery.Nothing();

  private final ResourceName name;
  private volatile Delivery delivery = NOTHING;
  private volatile Optional<SecretStatus.Delivered> acked = Optional.empty();
  private volatile Optional<SecretStatus.Nacked> nacked = Optional.empty();
  private volatile Standing standing = SERVED;
  private boolean settled;
  private boolean owed = true;

  Subscription(ResourceName name) {
    this.name = name;
  }

  /** Why a name has no newer secret. */
  sealed interface Standing {
    record Served() implements Standing {}

    record Waiting(String reason) implements Standing {}

    record Refused(String reason) implements Standing {}
  }

  ResourceName name() {
    return name;
  }

  boolean isNamed(String text) {
    return name.text().equals(text);
  }

  /** Whether this nonce is that of the last response for this name. */
  boolean awaits(int nonce) {
    return delivery.hasNonce(nonce);
  }

  /** The client has asked for it once more: it is sent again even if nothing is new. */
  void askedAgain() {
    owed = true;
  }

  boolean needs(String version) {
    return owed || !(delivery instanceof Delivery.Sent sent && sent.version().equals(version));
  }

  boolean needsRemoval() {
    return owed || !(delivery instanceof Delivery.Removed);
  }

  void delivered(Delivery now) {
    delivery = now;
    settled = false;
    owed = false;
  }

  /** Takes note of an ACK; says how long it took, the first time. */
  Optional<Duration> ack(Instant now) {
    if (settled || !(delivery instanceof Delivery.Sent sent)) {
      return Optional.empty();
    }
    settled = true;
    acked = Optional.of(new SecretStatus.Delivered(sent.version(), sent.serial(), now));
    return Optional.of(Duration.between(sent.at(), now));
  }

  /** Takes note of a NACK; false if this one was known. */
  boolean nack(String reason, Instant now) {
    if (settled || !(delivery instanceof Delivery.Sent sent)) {
      return false;
    }
    settled = true;
    nacked = Optional.of(new SecretStatus.Nacked(sent.version(), reason, now));
    return true;
  }

  /** Takes note of why there is nothing (newer) to send; false if that was known. */
  boolean stands(Standing now) {
    var changed = !standing.equals(now);
    if (changed) {
      standing = now;
    }
    return changed;
  }

  SecretStatus status() {
    var stands = standing;
    return new SecretStatus(
        name.text(),
        name.kind(),
        delivery instanceof Delivery.Sent sent
            ? Optional.of(new SecretStatus.Delivered(sent.version(), sent.serial(), sent.at()))
            : Optional.empty(),
        acked,
        nacked,
        stands instanceof Standing.Waiting waiting
            ? Optional.of(waiting.reason())
            : Optional.empty(),
        stands instanceof Standing.Refused refused
            ? Optional.of(refused.reason())
            : Optional.empty());
  }
}
