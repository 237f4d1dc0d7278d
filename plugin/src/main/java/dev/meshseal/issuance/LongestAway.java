package dev.meshseal.issuance;

import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.SequencedSet;

/**
 * What is kept for proxies that are away, in the order in which they left, of which there are only
 * so many: where pods come and go, most that leave never come back. Thread-safe.
 */
final class LongestAway<T> {
  private final int most;
  private final SequencedSet<T> away = new LinkedHashSet<>();

  LongestAway(int most) {
    this.most = most;
  }

  /** Nobody asks for it any more; returns the one to be given up in its place. */
  synchronized Optional<T> left(T one) {
    away.add(one);
    return away.size() > most ? Optional.of(away.removeFirst()) : Optional.empty();
  }

  /** It is asked for again, or is no more. */
  synchronized void remove(T one) {
    away.remove(one);
  }
}
