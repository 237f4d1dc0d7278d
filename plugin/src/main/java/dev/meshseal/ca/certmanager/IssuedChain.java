package dev.meshseal.ca.certmanager;

import dev.meshseal.x509.InvalidPemException;
import dev.meshseal.x509.IssuerRules;
import dev.meshseal.x509.Pem;
import dev.meshseal.x509.TrustBundle;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * What an issuer wrote into a request's status: the leaf, then its intermediates. Roots behind
 * them, which some issuers append, are left out: they are trusted, not served.
 */
record IssuedChain(List<X509Certificate> certificates) {
  IssuedChain {
    certificates = List.copyOf(certificates);
  }

  /**
   * @throws InvalidPemException if it has no certificate, or anything else
   */
  static IssuedChain read(String pem) {
    var all = Pem.readCertificates(bytes(pem));
    var served = new ArrayList<X509Certificate>();
    served.add(all.getFirst());
    all.stream().skip(1).filter(one -> !isSelfIssued(one)).forEach(served::add);
    return new IssuedChain(served);
  }

  /**
   * The roots among what an issuer says its authority is; where there is none, the last of it,
   * which Envoy takes for an anchor of its own.
   *
   * @throws InvalidPemException if it has no certificate, or anything else
   */
  static TrustBundle readAuthority(String pem) {
    var all = Pem.readCertificates(bytes(pem));
    var roots = all.stream().filter(IssuedChain::isSelfIssued).toList();
    return roots.isEmpty() ? TrustBundle.of(all.getLast()) : TrustBundle.of(roots);
  }

  private static byte[] bytes(String pem) {
    return pem.getBytes(StandardCharsets.UTF_8);
  }

  static boolean isSelfIssued(X509Certificate certificate) {
    return certificate.getSubjectX500Principal().equals(certificate.getIssuerX500Principal());
  }

  X509Certificate leaf() {
    return certificates.getFirst();
  }

  List<X509Certificate> intermediates() {
    return certificates.subList(1, certificates.size());
  }

  /** Whether the leaf signed itself. */
  boolean isSelfSigned() {
    return IssuerRules.isSignedBy(leaf(), leaf());
  }

  /** The certificate that signed the leaf, if it was served or is a root of the bundle. */
  Optional<X509Certificate> issuer(TrustBundle bundle) {
    return certificates.size() > 1 ? Optional.of(certificates.get(1)) : root(bundle);
  }

  /** When the first of the leaf's issuers ends, where they are known. */
  Optional<Instant> end(TrustBundle bundle) {
    var issuers = new ArrayList<>(intermediates());
    root(bundle).ifPresent(issuers::add);
    return issuers.stream()
        .map(issuer -> issuer.getNotAfter().toInstant())
        .min(Comparator.naturalOrder());
  }

  // Mostly one has the name, and the check of the leaf verifies its signature anyway.
  private Optional<X509Certificate> root(TrustBundle bundle) {
    var last = certificates.getLast();
    var named =
        bundle.roots().stream()
            .filter(root -> root.getSubjectX500Principal().equals(last.getIssuerX500Principal()))
            .toList();
    return named.size() == 1
        ? Optional.of(named.getFirst())
        : named.stream().filter(root -> IssuerRules.isSignedBy(last, root)).findFirst();
  }
}
