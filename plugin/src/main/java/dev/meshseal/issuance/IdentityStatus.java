package dev.meshseal.issuance;

import dev.meshseal.ca.CaException;
import dev.meshseal.identity.DataplaneIdentity;
import dev.meshseal.x509.IdentityCertificate;
import java.time.Instant;
import java.util.Optional;

/**
 * What is known of the certificate of one identity.
 *
 * @param issued the certificate that is served now
 * @param previous the one before, which the proxy may still hold
 */
public record IdentityStatus(
    DataplaneIdentity identity,
    Optional<Issued> issued,
    Optional<Leaf> previous,
    Optional<Failure> failure,
    boolean underWay,
    int streams) {

  /** A certificate with its key, and under what it was issued. */
  public record Issued(IdentityCertificate certificate, OpenedBackend backend, Leaf leaf) {}

  /** What there is to say of a leaf certificate without holding it. */
  public record Leaf(
      String serial,
      String version,
      Instant notBefore,
      Instant expiresAt,
      String issuer,
      String backend,
      IssueCause cause,
      Instant received,
      Instant due) {
    static Leaf of(
        IdentityCertificate certificate,
        String backend,
        IssueCause cause,
        Instant received,
        Instant due) {
      return new Leaf(
          certificate.serial(),
          Meshes.version(certificate.chainPem()),
          certificate.notBefore(),
          certificate.expiresAt(),
          certificate.issuer(),
          backend,
          cause,
          received,
          due);
    }
  }

  /**
   * Why there is no newer one.
   *
   * @param since the first of the failures without a success between
   */
  public record Failure(
      CaException.Kind kind, String message, Instant since, int count, Instant nextTry) {}
}
