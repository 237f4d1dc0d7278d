package dev.meshseal.kubernetes;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.http.HttpClient;
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

  private final Calls calls;
  private final KubernetesClient watches;
  private final String systemNamespace;

  private Cluster(Config config, String systemNamespace) {
    this.calls = new Calls(() -> client(config, false), CALL_TIMEOUT);
    this.watches = client(config, true);
    this.systemNamespace = systemNamespace;
  }

  private static KubernetesClient client(Config config, boolean connectionEach) {
    return new KubernetesClientBuilder()
        .withConfig(new ConfigBuilder(config).withHttp2Disable(connectionEach).build())
        .build();
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
    return new Cluster(config, namespace);
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

  // Retries are ours: a client that retries by itself hides what the API server says.
  private static Config limited(Config config) {
    return new ConfigBuilder(config)
        .withRequestTimeout((int) CALL_TIMEOUT.toMillis())
        .withConnectionTimeout((int) CALL_TIMEOUT.toMillis())
        .withRequestRetryBackoffLimit(0)
        .withUserAgent("meshseal")
        .build();
  }

  Calls calls() {
    return calls;
  }

  /** For watches, which end by their own deadlines: each has a connection to itself. */
  HttpClient watches() {
    return watches.getHttpClient();
  }

  /** Its address, without a slash at the end. */
  String address() {
    return watches.getMasterUrl().toString().replaceFirst("/+$", "");
  }

  public String systemNamespace() {
    return systemNamespace;
  }

  /** The API server, for messages. */
  @Override
  public String toString() {
    return "API server " + address();
  }

  @Override
  public void close() {
    calls.close();
    watches.close();
  }
}
