package dev.meshseal.server.sds;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Function;

/**
 * What ten thousand streams say alike, kept once. Remembers the first thousand and no more, so that
 * nobody can fill it; what it does not remember is made anew. Thread-safe.
 */
final class Shared<T> {
  private static final int MOST = 1_000;
  private static final int LONGEST = 100;

  private final ConcurrentMap<String, T> known = new ConcurrentHashMap<>();
  private final Function<String, T> maker;

  Shared(Function<String, T> maker) {
    this.maker = maker;
  }

  T of(String text) {
    var same = known.get(text);
    if (same != null) {
      return same;
    }
    var made = maker.apply(text);
    if (known.size() < MOST && text.length() <= LONGEST) {
      known.put(text, made);
    }
    return made;
  }

  int size() {
    return known.size();
  }
}
