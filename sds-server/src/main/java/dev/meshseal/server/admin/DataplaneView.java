package dev.meshseal.server.admin;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;

/**
 * One data plane proxy.
 *
 * @param spiffeId empty where it has none
 * @param identities its certificates, one for each form that it asked for
 * @param streams the streams it has open now
 */
public record DataplaneView(
    String mesh,
    String name,
    Optional<String> spiffeId,
    SortedMap<String, SortedSet<String>> tags,
    List<IdentityView> identities,
    List<StreamView> streams) {
  public DataplaneView {
    identities = List.copyOf(identities);
    streams = List.copyOf(streams);
  }

  /** {@code MESH/NAME}. */
  public String id() {
    return mesh + "/" + name;
  }

  /**
   * A certificate of a proxy: what was issued, and what goes on.
   *
   * @param form {@code kuma} or {@code svid}
   * @param issued the one that is served now
   * @param previous the one before, which the proxy may still hold
   * @param underWay whether an authority is being asked right now
   * @param problem why there is no newer one
   */
  public record IdentityView(
      String form,
      List<String> uris,
      Optional<LeafView> issued,
      Optional<LeafView> previous,
      boolean underWay,
      Optional<ProblemView> problem) {
    public IdentityView {
      uris = List.copyOf(uris);
    }
  }

  /**
   * A leaf certificate.
   *
   * @param serial lower-case hexadecimal
   * @param issuer the fingerprint of the certificate that signed it
   * @param cause why it was issued, as metrics say it
   * @param renewAt when the next one is asked for
   */
  public record LeafView(
      String serial,
      String version,
      Instant notBefore,
      Instant expiresAt,
      String issuer,
      String backend,
      String cause,
      Instant issuedAt,
      Instant renewAt) {}
}
