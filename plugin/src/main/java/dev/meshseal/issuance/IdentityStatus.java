package dev.meshseal.issuance;

import dev.meshseal.ca.CaException;
import dev.meshseal.identity.DataplaneIdentity;
import dev.meshseal.x509.IdentityCertificate;
import java.time.Instant;
import java.util.Optional;

/** What is known of the certificate of one identity. */
public record IdentityStatus(
    DataplaneIdentity identity,
    Optional<Issued> issued,
    Optional<Failure> failure,
    boolean underWay,
    int streams) {

  /** The certificate that is served now. */
  public record Issued(
      IdentityCertificate certificate,
      String version,
      OpenedBackend backend,
      IssueCause cause,
      Instant received,
      Instant due) {}

  /**
   * Why there is no newer one.
   *
   * @param since the first of the failures without a success between
   */
  public record Failure(
      CaException.Kind kind, String message, Instant since, int count, Instant nextTry) {}
}
