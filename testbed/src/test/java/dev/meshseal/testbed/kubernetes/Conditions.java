package dev.meshseal.testbed.kubernetes;

import java.time.Duration;
import org.assertj.core.api.Assertions;
import org.awaitility.Awaitility;

/** The conditions in the status of an object, as Kubernetes' conventions have them. */
public final class Conditions {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private Conditions() {}

  /** Waits until the object's condition of this type has this status; fails after 30 s. */
  public static void await(KubernetesApi api, String path, String type, String status) {
    Awaitility.await("%s of %s to be %s".formatted(type, path, status))
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(20))
        .untilAsserted(() -> Assertions.assertThat(status(api, path, type)).isEqualTo(status));
  }

  /** The status of a condition; empty if it has none. */
  public static String status(KubernetesApi api, String path, String type) {
    return field(api, path, type, "status");
  }

  /** A field of a condition, as {@code reason} or {@code message}; empty if it has none. */
  public static String field(KubernetesApi api, String path, String type, String field) {
    var conditions = api.get(path).require().json().path("status").path("conditions");
    return conditions
        .valueStream()
        .filter(condition -> condition.path("type").asString().equals(type))
        .map(condition -> condition.path(field).asString(""))
        .findFirst()
        .orElse("");
  }
}
