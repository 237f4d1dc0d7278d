package dev.meshseal.server.auth;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * Makes equal values one object: ten thousand tokens hold the same few tags. Bounded; thread-safe.
 */
final class Same<T> {
  static final int MOST = 1_000;

  private final ConcurrentMap<T, T> known = new ConcurrentHashMap<>();

  T of(T value) {
    var same = known.get(value);
    if (same != null) {
      return same;
    }
    if (known.size() >= MOST) {
      return value;
    }
    var other = known.putIfAbsent(value, value);
    return other == null ? value : other;
  }
}
