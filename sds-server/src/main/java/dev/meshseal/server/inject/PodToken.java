package dev.meshseal.server.inject;

/**
 * The token of the pod's service account that its sidecar shows the server.
 *
 * @param audience for whom it is
 */
public record PodToken(String audience, int seconds) {
  // The API server takes no shorter life (TokenRequest).
  private static final int SHORTEST = 600;
  private static final int LONGEST = 86_400;

  public PodToken {
    // Kubernetes takes none for its own: the token would open the API server.
    if (audience.isBlank()) {
      throw new IllegalArgumentException(
          "a token is for an audience, that of the server's --token-audience, got '%s', for which"
                  .formatted(audience)
              + " Kubernetes would make one for its own API server");
    }
    if (seconds < SHORTEST || seconds > LONGEST) {
      throw new IllegalArgumentException(
          "a token lives %d to %d s, got %d".formatted(SHORTEST, LONGEST, seconds));
    }
  }
}
