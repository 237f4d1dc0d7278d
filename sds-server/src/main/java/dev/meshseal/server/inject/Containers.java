package dev.meshseal.server.inject;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * How the containers run that are added.
 *
 * @param image of Envoy
 * @param initImage of Meshseal, which writes Envoy's bootstrap
 * @param pullPolicy empty for that of Kubernetes
 * @param resources of Envoy
 */
public record Containers(
    Placement placement,
    String image,
    String initImage,
    Optional<PullPolicy> pullPolicy,
    RunAs runAs,
    Resources resources) {
  /** What kind of container the sidecar is. */
  public enum Placement {
    /** A sidecar in Kubernetes' own sense: before the application, and ended after it (1.29). */
    SIDECAR,
    /** Beside the application, and no longer-lived than it; a Job would never end. */
    CONTAINER
  }

  private static final Pattern IMAGE = Pattern.compile("[a-zA-Z0-9][-a-zA-Z0-9._/:@]*");

  public Containers {
    requireImage(image);
    requireImage(initImage);
  }

  private static void requireImage(String image) {
    if (!IMAGE.matcher(image).matches()) {
      throw new IllegalArgumentException("'%s' is not the name of an image".formatted(image));
    }
  }
}
