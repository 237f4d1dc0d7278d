package dev.meshseal.server.auth;

import dev.meshseal.identity.Tags;
import java.time.Duration;
import java.util.Optional;

/**
 * What a new token is to allow.
 *
 * @param name the only data plane it is for; empty for any with these tags
 */
public record DataplaneTokenRequest(
    String mesh, Optional<String> name, Tags tags, Optional<String> workload, Duration validFor) {
  /** As Kuma: long enough for every machine, short enough for every clock. */
  public static final Duration LONGEST = Duration.ofDays(100 * 365L);

  public DataplaneTokenRequest {
    if (mesh.isBlank()) {
      throw new IllegalArgumentException("a token needs a mesh");
    }
    if (validFor.compareTo(Duration.ofSeconds(1)) < 0 || validFor.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException(
          "a token is valid for 1s to 100y, not for %s".formatted(validFor));
    }
  }
}
