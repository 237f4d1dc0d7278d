package dev.meshseal.server.sds;

import java.time.Instant;
import java.util.Optional;

/** The last thing that a stream was told of a name. */
sealed interface Delivery {
  record Nothing() implements Delivery {}

  /** That it is not there. */
  record Removed(int nonce) implements Delivery {}

  record Sent(int nonce, String version, Optional<String> serial, Instant at) implements Delivery {}

  default boolean hasNonce(int nonce) {
    return switch (this) {
      case Nothing nothing -> false;
      case Removed removed -> removed.nonce == nonce;
      case Sent sent -> sent.nonce == nonce;
    };
  }
}
