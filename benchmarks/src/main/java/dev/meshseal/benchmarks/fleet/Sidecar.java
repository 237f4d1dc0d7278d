package dev.meshseal.benchmarks.fleet;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * One stream of the fleet. Touched by the event loop of its connection alone; the figures are read
 * by others once the fleet has come to rest.
 */
final class Sidecar {
  private final int index;
  private final String nodeId;
  private final List<String> names;
  private final Optional<String> token;
  private final long[] contents;
  private volatile long startedAt;
  private volatile long settledAt;

  Sidecar(int index, String nodeId, List<String> names, Optional<String> token) {
    this.index = index;
    this.nodeId = nodeId;
    this.names = names;
    this.token = token;
    this.contents = new long[names.size()];
  }

  int index() {
    return index;
  }

  String nodeId() {
    return nodeId;
  }

  List<String> names() {
    return names;
  }

  Optional<String> token() {
    return token;
  }

  void started(long now) {
    startedAt = now;
    settledAt = 0;
    Arrays.fill(contents, 0);
  }

  /** Whether this response was the one that completed the first set of secrets. */
  boolean accept(Received response, long now) {
    for (var secret : response.secrets()) {
      int at = names.indexOf(secret.name());
      if (at >= 0) {
        contents[at] = secret.hash();
      }
    }
    if (settledAt != 0 || Arrays.stream(contents).anyMatch(hash -> hash == 0)) {
      return false;
    }
    settledAt = now;
    return true;
  }

  boolean isSettled() {
    return settledAt != 0;
  }

  /** From the start of its connection, or of its stream where the connection was there. */
  long nanosToFirstSecret() {
    return settledAt - startedAt;
  }

  /** What it holds under its first name. */
  long firstContent() {
    return contents[0];
  }
}
