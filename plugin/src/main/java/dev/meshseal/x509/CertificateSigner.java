package dev.meshseal.x509;

import dev.meshseal.identity.DataplaneIdentity;
import dev.meshseal.x509.LeafTemplate.Purpose;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.Signature;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Makes a fresh key and signs a leaf certificate for it, in the name of one authority. Never
 * blocks; may be called from any thread. Each call takes a set of tools that is idle, or makes one,
 * so there are as many as there ever were calls at once.
 */
public final class CertificateSigner {
  // What is left of an authority must be worth a rotation.
  private static final Duration SHORTEST = Duration.ofSeconds(10);

  private record Tools(KeyPairGenerator keys, Signature signature, SecureRandom random) {}

  private final IssuingCa ca;
  private final KeyType leafKey;
  private final CryptoProvider crypto;
  private final SignatureAlgorithm algorithm;
  private final LeafTemplate proxies;
  private final LeafTemplate servers;
  private final String intermediatesPem;
  private final String issuer;
  private final Instant end;
  private final Queue<Tools> idle = new ConcurrentLinkedQueue<>();

  public CertificateSigner(IssuingCa ca, KeyType leafKey, CryptoProvider crypto) {
    this.ca = ca;
    this.leafKey = leafKey;
    this.crypto = crypto;
    this.algorithm = SignatureAlgorithm.of(ca.certificate().getPublicKey());
    this.proxies = new LeafTemplate(ca.certificate(), leafKey, Purpose.PROXY);
    this.servers = new LeafTemplate(ca.certificate(), leafKey, Purpose.SERVER);
    this.intermediatesPem = Pem.certificates(ca.intermediates());
    this.issuer = Fingerprint.of(ca.certificate());
    this.end = ca.expiresAt();
  }

  /**
   * A certificate for a proxy, good for {@code lifetime} or until the authority ends.
   *
   * @throws IssuerExpiredException if the authority has ended, or is about to
   * @throws IllegalArgumentException if a name has a character that no certificate may carry
   */
  public IdentityCertificate sign(DataplaneIdentity identity, Duration lifetime, Instant now) {
    return sign(proxies, SubjectNames.uris(identity.uris()), validity(lifetime, now));
  }

  /**
   * A certificate for a listener of our own, under host names and literal addresses.
   *
   * @throws IssuerExpiredException if the authority has ended, or is about to
   * @throws IllegalArgumentException if a name is neither a host name nor an address
   */
  public IdentityCertificate signServer(List<String> hosts, Duration lifetime, Instant now) {
    return sign(servers, SubjectNames.hosts(hosts), validity(lifetime, now));
  }

  private Validity validity(Duration lifetime, Instant now) {
    var shortest = lifetime.compareTo(SHORTEST) < 0 ? lifetime : SHORTEST;
    if (end.isBefore(now.plus(shortest))) {
      throw new IssuerExpiredException(end, now);
    }
    return Validity.from(now, lifetime).notAfter(end);
  }

  private IdentityCertificate sign(LeafTemplate template, byte[] names, Validity validity) {
    var found = idle.poll();
    var tools = found == null ? newTools() : found;
    try {
      var signed = sign(tools, template, names, validity);
      // Tools that failed are not used again.
      idle.offer(tools);
      return signed;
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException("%s cannot sign as %s".formatted(crypto, ca), impossible);
    }
  }

  private IdentityCertificate sign(
      Tools tools, LeafTemplate template, byte[] names, Validity validity)
      throws GeneralSecurityException {
    var key = EncodedKey.of(tools.keys.generateKeyPair());
    var serial = Serial.next(tools.random);
    var tbs = template.toBeSigned(serial, validity, key.spki(), names);
    tools.signature.update(tbs);
    var certificate = certificate(tbs, tools.signature.sign());
    return new IdentityCertificate(
        Pem.encode("CERTIFICATE", certificate) + intermediatesPem,
        key.privateKeyPem(),
        HexFormat.of().formatHex(serial),
        validity.notBefore(),
        validity.notAfter(),
        issuer);
  }

  private byte[] certificate(byte[] tbs, byte[] signature) {
    return new DerWriter()
        .prepend(signature)
        .prepend(0)
        .close(DerWriter.BIT_STRING, 0)
        .prepend(algorithm.identifier())
        .prepend(tbs)
        .close(DerWriter.SEQUENCE, 0)
        .toByteArray();
  }

  private Tools newTools() {
    try {
      var signature = crypto.signature(algorithm);
      signature.initSign(ca.key());
      return new Tools(crypto.keyPairGenerator(leafKey), signature, crypto.secureRandom());
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException("%s cannot sign as %s".formatted(crypto, ca), impossible);
    }
  }
}
