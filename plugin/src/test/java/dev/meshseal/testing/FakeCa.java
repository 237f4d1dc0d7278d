package dev.meshseal.testing;

import dev.meshseal.ca.BackendRef;
import dev.meshseal.ca.CaException;
import dev.meshseal.ca.CertificateAuthority;
import dev.meshseal.ca.SigningAuthority;
import dev.meshseal.identity.DataplaneIdentity;
import dev.meshseal.x509.CaProfile;
import dev.meshseal.x509.CertificateSigner;
import dev.meshseal.x509.CryptoProvider;
import dev.meshseal.x509.Fingerprint;
import dev.meshseal.x509.IdentityCertificate;
import dev.meshseal.x509.IssuingCa;
import dev.meshseal.x509.KeyType;
import dev.meshseal.x509.TrustBundle;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Issues real certificates from an authority in memory, until it is told to fail or to lie. What it
 * is told holds for every call until it is told otherwise. Thread-safe.
 */
public final class FakeCa implements CertificateAuthority {
  private static final Duration YEAR = Duration.ofDays(365);

  /** What a call gets in place of what the honest authority would give. */
  public interface Behaviour {
    IdentityCertificate issue(
        CertificateAuthority honest, DataplaneIdentity identity, Duration lifetime);
  }

  private final InstantSource clock;
  private final IssuingCa ca;
  private final CertificateAuthority honest;
  private volatile Behaviour behaviour = honestly();
  private volatile TrustBundle bundle;
  private final AtomicInteger calls = new AtomicInteger();

  public FakeCa(InstantSource clock) {
    this(clock, YEAR);
  }

  public FakeCa(InstantSource clock, Duration caLifetime) {
    this.clock = clock;
    this.ca = newCa(clock.instant(), caLifetime);
    this.honest = authority(ca);
    this.bundle = honest.trustBundle();
  }

  private static IssuingCa newCa(Instant now, Duration lifetime) {
    return IssuingCa.create(
        new CaProfile("default", "default", KeyType.EC_P256, lifetime), CryptoProvider.best(), now);
  }

  private CertificateAuthority authority(IssuingCa ca) {
    return new SigningAuthority(
        BackendRef.of("default", "fake"), ca, KeyType.EC_P256, CryptoProvider.best(), clock);
  }

  public static Behaviour honestly() {
    return CertificateAuthority::issue;
  }

  public static Behaviour rejecting(String message) {
    return (honest, identity, lifetime) -> {
      throw CaException.rejected(message);
    };
  }

  public static Behaviour unavailable(String message) {
    return (honest, identity, lifetime) -> {
      throw CaException.unavailable(message);
    };
  }

  /** Waits until the latch opens, then issues. */
  public static Behaviour stalling(CountDownLatch latch) {
    return (honest, identity, lifetime) -> {
      try {
        latch.await();
      } catch (InterruptedException interrupted) {
        Thread.currentThread().interrupt();
        throw CaException.unavailable("interrupted while stalling", interrupted);
      }
      return honest.issue(identity, lifetime);
    };
  }

  /** A good certificate beside a key that is not its own. */
  public static Behaviour wrongKey() {
    return (honest, identity, lifetime) ->
        withKeyOf(honest.issue(identity, lifetime), honest.issue(identity, lifetime));
  }

  /** A certificate for other names than those asked for. */
  public static Behaviour otherNames(List<String> uris) {
    return (honest, identity, lifetime) ->
        honest.issue(new DataplaneIdentity(identity.id(), identity.form(), uris), lifetime);
  }

  /** A certificate that lives longer than asked. */
  public static Behaviour longerBy(Duration more) {
    return (honest, identity, lifetime) -> honest.issue(identity, lifetime.plus(more));
  }

  /** A certificate that ended an hour ago. */
  public Behaviour expired() {
    return (ignored, identity, lifetime) ->
        new CertificateSigner(ca, KeyType.EC_P256, CryptoProvider.best())
            .sign(identity, Duration.ofMinutes(1), clock.instant().minus(Duration.ofHours(1)));
  }

  /** The authority's own certificate and key, with which the receiver could issue. */
  public Behaviour caCertificate() {
    return (ignored, identity, lifetime) ->
        new IdentityCertificate(
            ca.certificatePem(),
            ca.privateKeyPem(),
            ca.certificate().getSerialNumber().toString(16),
            ca.certificate().getNotBefore().toInstant(),
            ca.certificate().getNotAfter().toInstant(),
            Fingerprint.of(ca.certificate()));
  }

  /** A certificate of an authority that is not in the bundle. */
  public Behaviour foreignChain() {
    var foreign = authority(newCa(clock.instant(), YEAR));
    return (ignored, identity, lifetime) -> foreign.issue(identity, lifetime);
  }

  private static IdentityCertificate withKeyOf(IdentityCertificate one, IdentityCertificate other) {
    return new IdentityCertificate(
        one.chainPem(),
        other.privateKeyPem(),
        one.serial(),
        one.notBefore(),
        one.expiresAt(),
        one.issuer());
  }

  public void behave(Behaviour next) {
    behaviour = next;
  }

  /** Makes {@link #trustBundle} say something else, whatever issues. */
  public void trust(TrustBundle next) {
    bundle = next;
  }

  /** How often {@link #issue} was called. */
  public int calls() {
    return calls.get();
  }

  public IssuingCa ca() {
    return ca;
  }

  @Override
  public TrustBundle trustBundle() {
    return bundle;
  }

  @Override
  public IdentityCertificate issue(DataplaneIdentity identity, Duration lifetime) {
    calls.incrementAndGet();
    return behaviour.issue(honest, identity, lifetime);
  }
}
