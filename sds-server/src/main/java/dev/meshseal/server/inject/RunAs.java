package dev.meshseal.server.inject;

import java.util.Optional;

/**
 * The user as whom the containers run.
 *
 * @param user empty where the pod or the cluster says who, as OpenShift does
 */
public record RunAs(Optional<Integer> user) {
  private static final String NONE = "none";

  public RunAs {
    user.filter(id -> id < 1)
        .ifPresent(
            id -> {
              throw wrong(id.toString());
            });
  }

  /** Reads a number or {@code none}. */
  public static RunAs parse(String text) {
    if (text.equals(NONE)) {
      return new RunAs(Optional.empty());
    }
    try {
      return new RunAs(Optional.of(Integer.parseInt(text)));
    } catch (NumberFormatException e) {
      throw wrong(text);
    }
  }

  private static IllegalArgumentException wrong(String user) {
    return new IllegalArgumentException(
        "a user that is not root is 1 to %d, or none, got '%s'".formatted(Integer.MAX_VALUE, user));
  }
}
