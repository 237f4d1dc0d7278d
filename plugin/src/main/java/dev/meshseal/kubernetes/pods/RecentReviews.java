package dev.meshseal.kubernetes.pods;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** The reviews of the last seconds, by a digest of their token. Thread-safe. */
final class RecentReviews {
  /** As long as the API server itself goes on believing in a token that it has verified. */
  static final Duration GOOD_FOR = Duration.ofSeconds(10);

  /** Enough that one client in a loop costs one call in that time. */
  static final Duration REFUSED_FOR = Duration.ofSeconds(2);

  private final InstantSource clock;
  private final int most;
  private final LinkedHashMap<String, Entry> entries = new LinkedHashMap<>();

  private record Entry(Review review, Instant until) {}

  RecentReviews(InstantSource clock, int most) {
    this.clock = clock;
    this.most = most;
  }

  /** By what a token is remembered: nobody can make the token of it. */
  static String digest(String token) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("every Java has SHA-256", impossible);
    }
  }

  synchronized Optional<Review> find(String digest) {
    return Optional.ofNullable(entries.get(digest))
        .filter(entry -> clock.instant().isBefore(entry.until()))
        .map(Entry::review);
  }

  synchronized void keep(String digest, Review review) {
    var now = clock.instant();
    switch (review) {
      case Review.Good good -> put(digest, new Entry(good, earlier(now.plus(GOOD_FOR), good)));
      case Review.Refused refused -> put(digest, new Entry(refused, now.plus(REFUSED_FOR)));
      case Review.Unavailable unavailable -> entries.remove(digest);
    }
  }

  private static Instant earlier(Instant until, Review.Good good) {
    return until.isBefore(good.expiresAt()) ? until : good.expiresAt();
  }

  // The oldest go first: they are over, or nearly.
  private void put(String digest, Entry entry) {
    entries.remove(digest);
    entries.put(digest, entry);
    var oldest = entries.entrySet().iterator();
    while (oldest.hasNext() && isToGo(oldest.next())) {
      oldest.remove();
    }
  }

  private boolean isToGo(Map.Entry<String, Entry> oldest) {
    return entries.size() > most || !clock.instant().isBefore(oldest.getValue().until());
  }

  synchronized int size() {
    return entries.size();
  }
}
