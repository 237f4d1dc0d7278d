package dev.meshseal.mesh;

import java.time.Duration;
import java.util.Optional;

/**
 * One entry of {@code mtls.backends}.
 *
 * @param leafLifetime {@code dpCert.rotation.expiration}
 * @param issueTimeout {@code dpCert.requestTimeout}
 * @param rootChainTimeout {@code rootChain.requestTimeout}
 */
public record Backend(
    String name,
    Mode mode,
    Duration leafLifetime,
    Optional<Duration> issueTimeout,
    Duration rootChainTimeout,
    BackendConf conf) {
  /** What Kuma's code does, though some of its documentation says 30 days. */
  public static final Duration DEFAULT_LEAF_LIFETIME = Duration.ofHours(24);

  public static final Duration DEFAULT_ROOT_CHAIN_TIMEOUT = Duration.ofSeconds(10);

  /** What an inbound listener accepts. */
  public enum Mode {
    STRICT,
    PERMISSIVE
  }

  /** The {@code type} under which the Mesh names this backend. */
  public String type() {
    return conf.type();
  }
}
