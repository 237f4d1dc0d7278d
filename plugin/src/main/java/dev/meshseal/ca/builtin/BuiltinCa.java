package dev.meshseal.ca.builtin;

import dev.meshseal.ca.BackendRef;
import dev.meshseal.ca.CaException;
import dev.meshseal.ca.CertificateAuthority;
import dev.meshseal.ca.SigningAuthority;
import dev.meshseal.identity.DataplaneIdentity;
import dev.meshseal.mesh.BackendConf;
import dev.meshseal.x509.CaProfile;
import dev.meshseal.x509.CryptoProvider;
import dev.meshseal.x509.IdentityCertificate;
import dev.meshseal.x509.IssuerRules;
import dev.meshseal.x509.IssuingCa;
import dev.meshseal.x509.KeyType;
import dev.meshseal.x509.TrustBundle;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The authority that Meshseal makes by itself, once, and keeps. Opening blocks as its store does;
 * issuing never blocks; thread-safe.
 */
public final class BuiltinCa implements CertificateAuthority {
  private final SigningAuthority signing;
  private final Optional<String> note;

  private BuiltinCa(SigningAuthority signing, Optional<String> note) {
    this.signing = signing;
    this.note = note;
  }

  /**
   * The authority that is kept for this backend; makes and keeps one where there is none.
   *
   * @throws CaException if it cannot be kept or read, has ended, or its key is another's
   */
  public static BuiltinCa open(
      BackendRef backend,
      BackendConf.Builtin conf,
      CaKeyStore store,
      CryptoProvider crypto,
      InstantSource clock) {
    var now = clock.instant();
    var ca =
        store
            .read(backend.mesh(), backend.name())
            .orElseGet(
                () ->
                    store.createIfAbsent(
                        backend.mesh(),
                        backend.name(),
                        IssuingCa.create(profile(backend, conf), crypto, now)));
    requireUsable(backend, ca, now);
    return new BuiltinCa(
        new SigningAuthority(backend, ca, conf.leafKey(), crypto, clock), note(backend, conf, ca));
  }

  private static CaProfile profile(BackendRef backend, BackendConf.Builtin conf) {
    return new CaProfile(backend.mesh(), backend.trustDomain(), conf.caKey(), conf.caLifetime());
  }

  private static void requireUsable(BackendRef backend, IssuingCa ca, Instant now) {
    if (!ca.isPaired()) {
      throw CaException.rejected(
          "%s: the key that is kept does not belong to the CA certificate that is kept; restore both from one backup"
              .formatted(backend));
    }
    var problems = IssuerRules.problems(ca.chain(), now);
    if (!problems.isEmpty()) {
      var message =
          "%s: the CA that is kept cannot issue: its certificate %s; add another builtin backend to the mesh and enable it"
              .formatted(
                  backend,
                  problems.stream()
                      .map(IssuerRules.Problem::message)
                      .collect(Collectors.joining("; it ")));
      throw IssuerRules.hasEnded(ca.certificate(), now)
          ? CaException.ended(message)
          : CaException.rejected(message);
    }
  }

  // The key and the end of an authority are fixed when it is made.
  private static Optional<String> note(BackendRef backend, BackendConf.Builtin conf, IssuingCa ca) {
    var key = KeyType.of(ca.certificate().getPublicKey()).map(KeyType::toString).orElse("another");
    var life = ca.lifetime();
    boolean sameLife = life.minus(conf.caLifetime()).abs().compareTo(Duration.ofMinutes(1)) < 0;
    if (key.equals(conf.caKey().toString()) && sameLife) {
      return Optional.empty();
    }
    return Optional.of(
        "%s: conf.caCert asks for %s and %s, but the CA was made with %s and %s and stays as it is; a new backend gets the new settings"
            .formatted(backend, conf.caKey(), conf.caLifetime(), key, life));
  }

  @Override
  public TrustBundle trustBundle() {
    return signing.trustBundle();
  }

  @Override
  public IdentityCertificate issue(DataplaneIdentity identity, Duration lifetime) {
    return signing.issue(identity, lifetime);
  }

  /** When this authority ends. */
  public Instant expiresAt() {
    return signing.expiresAt();
  }

  /** A sentence for the operator where {@code conf.caCert} no longer is what the CA was made of. */
  public Optional<String> note() {
    return note;
  }

  @Override
  public String toString() {
    return signing.toString();
  }
}
