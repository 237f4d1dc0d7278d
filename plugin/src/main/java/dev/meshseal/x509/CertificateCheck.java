package dev.meshseal.x509;

import dev.meshseal.identity.DataplaneIdentity;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * Refuses what an authority returned unless it is for this identity, key and lifetime, and every
 * peer with this trust bundle will accept it (RFC 5280, 6.1; X509-SVID, 5). Trusts nothing that it
 * did not look at itself. Never blocks; thread-safe.
 *
 * <p>What it finds of issuers is kept, since thousands of leaves share them.
 */
public final class CertificateCheck {
  private static final int MAX_KEPT = 1_000;
  private static final String END = "-----END CERTIFICATE-----";

  /** The issuers of a leaf as text, beside what a proxy trusts. */
  private record Issuers(String leafIssuer, String pem, TrustBundle bundle) {}

  private final CryptoProvider crypto;
  private final KeyPairCheck keyPairs;
  private final ConcurrentMap<Issuers, IssuerPaths> kept = new ConcurrentHashMap<>();

  public CertificateCheck(CryptoProvider crypto) {
    this.crypto = crypto;
    this.keyPairs = new KeyPairCheck(crypto);
  }

  /**
   * Returns if a proxy may be given this certificate.
   *
   * @throws CertificateCheckException with every reason why not
   */
  public void requireLeafFor(
      DataplaneIdentity identity,
      IdentityCertificate certificate,
      TrustBundle bundle,
      Duration requestedLifetime,
      Instant now) {
    requireLeafFor(LeafRequest.of(identity, requestedLifetime), certificate, bundle, now);
  }

  /**
   * Returns if a proxy may be given this certificate.
   *
   * @throws CertificateCheckException with every reason why not
   */
  public void requireLeafFor(
      LeafRequest request, IdentityCertificate certificate, TrustBundle bundle, Instant now) {
    List<String> problems;
    try {
      problems = problems(request, certificate, bundle, now);
    } catch (InvalidPemException unreadable) {
      problems = List.of("it " + unreadable.getMessage());
    } catch (IllegalArgumentException damaged) {
      problems = List.of("it is damaged: " + damaged.getMessage());
    }
    if (!problems.isEmpty()) {
      throw new CertificateCheckException(request, problems);
    }
  }

  private List<String> problems(
      LeafRequest request, IdentityCertificate certificate, TrustBundle bundle, Instant now) {
    int end = certificate.chainPem().indexOf(END) + END.length();
    if (end < END.length()) {
      throw new InvalidPemException("has no PEM certificate");
    }
    var leaf = Pem.readCertificates(ascii(certificate.chainPem().substring(0, end))).getFirst();
    var problems = new ArrayList<>(new LeafRules(leaf, request).problems(now));
    describes(certificate, leaf).ifPresent(problems::add);
    if (!keyPairs.isPair(pkcs8(certificate), leaf.getPublicKey())) {
      problems.add("its private key does not belong to it");
    }
    var issuers = certificate.chainPem().substring(end).strip();
    problems.addAll(paths(leaf, issuers, bundle).problems(leaf, now));
    return problems;
  }

  /** What the server shows and renews by must be what the proxy gets. */
  private static Optional<String> describes(IdentityCertificate certificate, X509Certificate leaf) {
    boolean same =
        certificate.serial().equals(leaf.getSerialNumber().toString(16))
            && certificate.notBefore().equals(leaf.getNotBefore().toInstant())
            && certificate.expiresAt().equals(leaf.getNotAfter().toInstant());
    return same
        ? Optional.empty()
        : Optional.of(
            "it has serial %x and ends at %s, but is described as serial %s and end %s"
                .formatted(
                    leaf.getSerialNumber(),
                    leaf.getNotAfter().toInstant(),
                    certificate.serial(),
                    certificate.expiresAt()));
  }

  private static byte[] pkcs8(IdentityCertificate certificate) {
    var blocks = PemBlock.read(ascii(certificate.privateKeyPem()));
    if (blocks.size() != 1 || !blocks.getFirst().label().equals("PRIVATE KEY")) {
      throw new InvalidPemException("has no private key in PKCS#8");
    }
    return blocks.getFirst().der();
  }

  private IssuerPaths paths(X509Certificate leaf, String issuersPem, TrustBundle bundle) {
    var name = new String(leaf.getIssuerX500Principal().getEncoded(), StandardCharsets.ISO_8859_1);
    var issuers = new Issuers(name, issuersPem, bundle);
    var known = kept.get(issuers);
    if (known != null) {
      return known;
    }
    if (kept.size() >= MAX_KEPT) {
      kept.clear();
    }
    var found = IssuerPaths.of(leaf, served(issuersPem), bundle, crypto);
    kept.put(issuers, found);
    return found;
  }

  private static List<X509Certificate> served(String pem) {
    return pem.isEmpty() ? List.of() : Pem.readCertificates(ascii(pem));
  }

  private static byte[] ascii(String pem) {
    return pem.getBytes(StandardCharsets.ISO_8859_1);
  }
}
