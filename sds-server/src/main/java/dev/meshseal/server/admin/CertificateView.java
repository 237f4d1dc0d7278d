package dev.meshseal.server.admin;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * One certificate of one proxy, with the three serials side by side: issued, sent and ACKed.
 *
 * @param expiresAt of the leaf that the proxy holds, as far as is known
 * @param remaining which part of the life of the ACKed leaf is left, 0 to 1; empty if none is held
 * @param nack why the proxy refused the last one it was sent
 */
public record CertificateView(
    String mesh,
    String dataplane,
    String form,
    ProxyState state,
    List<String> uris,
    Optional<String> backend,
    Optional<String> issued,
    Optional<String> sent,
    Optional<String> acked,
    Optional<Instant> expiresAt,
    OptionalDouble remaining,
    Optional<String> cause,
    Optional<Instant> renewAt,
    Optional<String> nack,
    Optional<String> problem,
    boolean connected) {
  public CertificateView {
    uris = List.copyOf(uris);
  }
}
