package dev.meshseal.kubernetes;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * One Kubernetes API server, and the namespace in which Meshseal keeps what is its own. Opening it
 * sends nothing; every call has a time limit. Thread-safe.
 */
public final class Cluster implements AutoCloseable {
  /** A call that has not been answered by then has failed; a watch is not a call. */
  public static final Duration CALL_TIMEOUT = Duration.ofSeconds(10);

  private final KubernetesClient client;
  private final String systemNamespace;

  private Cluster(KubernetesClient client, String systemNamespace) {
    this.client = client;
    this.systemNamespace = systemNamespace;
  }

  /**
   * @param kubeconfig where the API server and our credential are written; empty for the pod's own
   *     service account, else {@code $KUBECONFIG} and {@code ~/.kube/config}
   * @param systemNamespace where Secrets and CertificateRequests are; empty for the namespace of
   *     the pod, or of the kubeconfig's context
   * @throws IllegalArgumentException if there is no such kubeconfig, or it cannot be read
   */
  public static Cluster open(Optional<Path> kubeconfig, Optional<String> systemNamespace) {
    var config = limited(config(kubeconfig));
    var namespace =
        systemNamespace
            .or(() -> Optional.ofNullable(config.getNamespace()))
            .orElse("meshseal-system");
    return new Cluster(new KubernetesClientBuilder().withConfig(config).build(), namespace);
  }

  private static Config config(Optional<Path> kubeconfig) {
    if (kubeconfig.isEmpty()) {
      return Config.autoConfigure(null);
    }
    var file = kubeconfig.get();
    if (!Files.isReadable(file)) {
      throw new IllegalArgumentException(
          "--kubeconfig %s: there is no such file, or it may not be read".formatted(file));
    }
    try {
      return Config.fromKubeconfig(file.toFile());
    } catch (KubernetesClientException | IllegalArgumentException unreadable) {
      throw new IllegalArgumentException(
          "--kubeconfig %s is not a kubeconfig: %s".formatted(file, unreadable.getMessage()),
          unreadable);
    }
  }

  // Retries are ours: a client that retries by itself hides what the API server says. And each call
  // has a connection to itself: one that has died silently then takes one call with it, at its
  // deadline, where on HTTP/2 it would take all calls until the system gives it up.
  private static Config limited(Config config) {
    return new ConfigBuilder(config)
        .withRequestTimeout((int) CALL_TIMEOUT.toMillis())
        .withConnectionTimeout((int) CALL_TIMEOUT.toMillis())
        .withRequestRetryBackoffLimit(0)
        .withHttp2Disable(true)
        .withUserAgent("meshseal")
        .build();
  }

  KubernetesClient client() {
    return client;
  }

  public String systemNamespace() {
    return systemNamespace;
  }

  /** The API server, for messages. */
  @Override
  public String toString() {
    return "API server " + client.getMasterUrl();
  }

  @Override
  public void close() {
    client.close();
  }
}
