package dev.meshseal.ca.provided;

import dev.meshseal.ca.BackendRef;
import dev.meshseal.ca.CertificateAuthority;
import dev.meshseal.ca.SecretReader;
import dev.meshseal.ca.SigningAuthority;
import dev.meshseal.identity.DataplaneIdentity;
import dev.meshseal.mesh.BackendConf;
import dev.meshseal.mesh.InvalidMeshException;
import dev.meshseal.mesh.Violation;
import dev.meshseal.x509.CryptoProvider;
import dev.meshseal.x509.IdentityCertificate;
import dev.meshseal.x509.TrustBundle;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/**
 * An authority whose certificate and key the operator brings: the certificate that signs first,
 * then those above it, up to the root where that is at hand. Opening blocks as reading its sources
 * does; issuing never blocks; thread-safe.
 */
public final class ProvidedCa implements CertificateAuthority {
  private static final int LEAF_LIFETIMES_BEFORE_THE_END = 2;

  private final BackendRef backend;
  private final SigningAuthority signing;
  private final InstantSource clock;

  private ProvidedCa(BackendRef backend, SigningAuthority signing, InstantSource clock) {
    this.backend = backend;
    this.signing = signing;
    this.clock = clock;
  }

  /**
   * The authority of this pair, once everything that a peer would refuse it for has been looked at.
   *
   * @throws InvalidMeshException with every violation; paths start at the backend, as in {@code
   *     conf.cert[1]}
   * @throws dev.meshseal.ca.CaException unavailable, if a source may be there later
   */
  public static ProvidedCa open(
      BackendRef backend,
      BackendConf.Provided conf,
      SecretReader secrets,
      CryptoProvider crypto,
      InstantSource clock) {
    var reading =
        PairReader.read(
            () -> secrets.read(backend.mesh(), conf.cert()),
            () -> secrets.read(backend.mesh(), conf.key()),
            backend.trustDomain(),
            clock.instant());
    var ca =
        reading
            .ca()
            .orElseThrow(
                () ->
                    new InvalidMeshException(
                        backend.toString(), reading.violations(), reading.ended()));
    return new ProvidedCa(
        backend, new SigningAuthority(backend, ca, conf.leafKey(), crypto, clock), clock);
  }

  /** Everything that is wrong with a pair, as {@link #open} finds it; asks nobody for anything. */
  public static List<Violation> violations(
      byte[] cert, byte[] key, String trustDomain, Instant now) {
    return PairReader.read(() -> cert, () -> key, trustDomain, now).violations();
  }

  @Override
  public TrustBundle trustBundle() {
    return signing.trustBundle();
  }

  @Override
  public List<X509Certificate> intermediates() {
    return signing.intermediates();
  }

  @Override
  public IdentityCertificate issue(DataplaneIdentity identity, Duration lifetime) {
    return signing.issue(identity, lifetime);
  }

  /** When the first certificate of the chain ends. */
  public Instant expiresAt() {
    return signing.expiresAt();
  }

  /** Where the chain ends so soon that leaves are about to shorten. */
  @Override
  public Optional<String> warning(Duration leafLifetime) {
    var now = clock.instant();
    var notice = leafLifetime.multipliedBy(LEAF_LIFETIMES_BEFORE_THE_END);
    if (Duration.between(now, expiresAt()).compareTo(notice) >= 0) {
      return Optional.empty();
    }
    return Optional.of(
        "%s: its CA ends at %s, within two leaf lifetimes of %s from now, %s; provide a renewed CA"
            .formatted(backend, expiresAt(), leafLifetime, now));
  }

  @Override
  public String toString() {
    return signing.toString();
  }
}
