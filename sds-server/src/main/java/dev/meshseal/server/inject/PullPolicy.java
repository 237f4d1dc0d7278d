package dev.meshseal.server.inject;

import java.util.Arrays;

/** When the kubelet fetches an image. */
public enum PullPolicy {
  ALWAYS("Always"),
  IF_NOT_PRESENT("IfNotPresent"),
  NEVER("Never");

  private final String word;

  PullPolicy(String word) {
    this.word = word;
  }

  /** Reads Kubernetes' word for it. */
  public static PullPolicy parse(String text) {
    return Arrays.stream(values())
        .filter(policy -> policy.word.equalsIgnoreCase(text))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "must be Always, IfNotPresent or Never, got '%s'".formatted(text)));
  }

  @Override
  public String toString() {
    return word;
  }
}
