package dev.meshseal.server.admin;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * One backend of one mesh.
 *
 * @param enabled whether it issues for the mesh
 * @param opened whether it can be asked
 * @param authorities the certificates behind it that are known, roots and the one that signs
 * @param leafLifetime what it is asked for
 * @param lastLifetime what the last leaf really got
 * @param problem its last failure without a success since
 * @param queue requests that wait for their turn
 * @param pending requests that the authority works on
 * @param remaining until all those have ended, at the pace of the last seconds; empty where none is
 *     under way, or none has ended lately
 * @param credential what we log in with
 * @param warning why it cannot issue yet, or not for long
 */
public record BackendView(
    String mesh,
    String name,
    String type,
    boolean enabled,
    boolean opened,
    List<AuthorityView> authorities,
    Duration leafLifetime,
    Optional<Duration> lastLifetime,
    Optional<Instant> lastSuccess,
    Optional<ProblemView> problem,
    Optional<BreakerView> breaker,
    int failingProxies,
    int queue,
    int pending,
    Optional<Duration> remaining,
    Optional<CredentialView> credential,
    Optional<String> warning) {
  public BackendView {
    authorities = List.copyOf(authorities);
  }

  /** Requests that have not ended. */
  public int underWay() {
    return queue + pending;
  }

  /** What a certificate of an authority is there for. */
  public enum Role {
    ROOT,
    ISSUING
  }

  public record AuthorityView(
      Role role, String fingerprint, String subject, Instant notBefore, Instant notAfter) {}

  /** Too many distinct proxies failed: the backend is left alone but for one probe at a time. */
  public record BreakerView(Instant since, Instant nextProbe, int failingProxies) {}
}
