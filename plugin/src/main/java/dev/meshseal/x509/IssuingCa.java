package dev.meshseal.x509;

import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * An authority that signs here: its certificate first, then the certificates above it, up to the
 * root where that is known, and the private key of the first. Prints none of its key.
 */
public record IssuingCa(List<X509Certificate> chain, PrivateKey key) {
  public IssuingCa {
    chain = List.copyOf(chain);
    if (chain.isEmpty()) {
      throw new IllegalArgumentException("an authority needs a certificate");
    }
  }

  /** A fresh key and a root certificate for it. */
  public static IssuingCa create(CaProfile profile, CryptoProvider crypto, Instant now) {
    return new CaBuilder(profile, crypto).root(now);
  }

  /**
   * A fresh key and a certificate for it that this authority signs; it may sign leaves and no
   * further authority, and ends no later than this one.
   */
  public IssuingCa createIntermediate(CaProfile profile, CryptoProvider crypto, Instant now) {
    return new CaBuilder(profile, crypto).under(this, now);
  }

  /**
   * Certificates, nearest the leaf first, and the key of the first. Checks that both can be read
   * and belong together, and nothing of dates or usages: see {@code IssuerRules}.
   *
   * @throws InvalidPemException if either cannot be read, or the key belongs to another certificate
   */
  public static IssuingCa read(byte[] certPem, byte[] keyPem) {
    var ca = new IssuingCa(Pem.readCertificates(certPem), Pem.readPrivateKey(keyPem));
    if (!ca.isPaired()) {
      throw new InvalidPemException("has a private key that does not belong to its certificate");
    }
    return ca;
  }

  /** The certificate that signs. */
  public X509Certificate certificate() {
    return chain.getFirst();
  }

  /** Whether the key belongs to the certificate. */
  public boolean isPaired() {
    return new KeyPairCheck(CryptoProvider.best()).isPair(key, certificate().getPublicKey());
  }

  /** What a leaf brings along: all of the chain but its self-signed root. */
  public List<X509Certificate> intermediates() {
    return chain.stream().filter(certificate -> !isSelfIssued(certificate)).toList();
  }

  /**
   * What a proxy must trust: the self-signed root where the chain has it, else its last
   * certificate, which Envoy accepts as an anchor of its own.
   */
  public TrustBundle trustBundle() {
    return TrustBundle.of(root().orElseGet(chain::getLast));
  }

  private Optional<X509Certificate> root() {
    return chain.stream().filter(IssuingCa::isSelfIssued).findFirst();
  }

  /** When the first certificate of the chain ends; no leaf lives longer. */
  public Instant expiresAt() {
    return chain.stream()
        .map(certificate -> certificate.getNotAfter().toInstant())
        .min(Comparator.naturalOrder())
        .orElseThrow();
  }

  /** The whole life of the certificate that signs. */
  public Duration lifetime() {
    return Duration.between(
        certificate().getNotBefore().toInstant(), certificate().getNotAfter().toInstant());
  }

  /** The chain, for a store. */
  public String certificatePem() {
    return Pem.certificates(chain);
  }

  /** The private key as PKCS#8, for a store. Key material: never to a log. */
  public String privateKeyPem() {
    return Pem.privateKey(key);
  }

  static boolean isSelfIssued(X509Certificate certificate) {
    return certificate.getSubjectX500Principal().equals(certificate.getIssuerX500Principal());
  }

  @Override
  public String toString() {
    return "authority " + Fingerprint.of(certificate());
  }
}
