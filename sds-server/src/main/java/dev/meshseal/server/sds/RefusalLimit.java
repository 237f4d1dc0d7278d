package dev.meshseal.server.sds;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;

/**
 * Keeps a stranger from filling the log: of one reason and one address a line a second is written,
 * and says how many were left out before it. Every refusal is counted in the metrics all the same.
 * Thread-safe; holds a bounded number of addresses.
 */
final class RefusalLimit {
  static final int ADDRESSES = 1_000;
  private static final Duration BETWEEN_LINES = Duration.ofSeconds(1);
  private static final String EVERYBODY_ELSE = "";

  private record Source(String reason, String address) {}

  private record Lines(Instant last, int leftOut) {}

  private final InstantSource clock;
  private final Map<Source, Lines> sources = new HashMap<>();

  RefusalLimit(InstantSource clock) {
    this.clock = clock;
  }

  /** How many lines were left out before this one; empty if this one is left out. */
  synchronized OptionalInt admit(String reason, String address) {
    var now = clock.instant();
    var source = source(reason, address, now);
    var before = sources.get(source);
    if (before != null && now.isBefore(before.last().plus(BETWEEN_LINES))) {
      sources.put(source, new Lines(before.last(), before.leftOut() + 1));
      return OptionalInt.empty();
    }
    sources.put(source, new Lines(now, 0));
    return OptionalInt.of(before == null ? 0 : before.leftOut());
  }

  // Who has more addresses than that shares a line.
  private Source source(String reason, String address, Instant now) {
    var source = new Source(reason, address);
    if (sources.size() < ADDRESSES || sources.containsKey(source)) {
      return source;
    }
    sources.values().removeIf(lines -> !now.isBefore(lines.last().plus(BETWEEN_LINES)));
    return sources.size() < ADDRESSES ? source : new Source(reason, EVERYBODY_ELSE);
  }
}
