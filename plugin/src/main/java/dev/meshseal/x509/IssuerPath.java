package dev.meshseal.x509;

import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.cert.CertPathValidator;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.security.spec.X509EncodedKeySpec;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * From the certificate that signs leaves up to a root that a proxy trusts. Immutable; made once for
 * many leaves.
 */
final class IssuerPath {
  private static final String NAME_CONSTRAINTS = "2.5.29.30";
  private static final Set<String> CONSTRAINTS =
      Set.of(NAME_CONSTRAINTS, "2.5.29.33", "2.5.29.36", "2.5.29.54");

  private final List<X509Certificate> certificates;
  private final CryptoProvider crypto;
  private final PublicKey key;
  private final Instant begin;
  private final Instant end;
  private final boolean constrained;

  IssuerPath(List<X509Certificate> certificates, CryptoProvider crypto) {
    this.certificates = List.copyOf(certificates);
    this.crypto = crypto;
    this.key = translated(certificates.getFirst().getPublicKey(), crypto);
    this.begin =
        certificates.stream()
            .map(certificate -> certificate.getNotBefore().toInstant())
            .max(Comparator.naturalOrder())
            .orElseThrow();
    this.end =
        certificates.stream()
            .map(certificate -> certificate.getNotAfter().toInstant())
            .min(Comparator.naturalOrder())
            .orElseThrow();
    this.constrained = certificates.stream().anyMatch(IssuerPath::isConstrained);
  }

  // A key of another provider would be translated for every signature.
  private static PublicKey translated(PublicKey key, CryptoProvider crypto) {
    try {
      return crypto
          .keyFactory(key.getAlgorithm())
          .generatePublic(new X509EncodedKeySpec(key.getEncoded()));
    } catch (GeneralSecurityException | IllegalStateException foreign) {
      return key;
    }
  }

  private static boolean isConstrained(X509Certificate certificate) {
    return CONSTRAINTS.stream().anyMatch(oid -> certificate.getExtensionValue(oid) != null);
  }

  /** What is wrong with the authorities themselves at this time. */
  List<String> problems(Instant now) {
    return IssuerRules.problems(certificates, now).stream()
        .map(
            problem ->
                "its issuer '%s' %s"
                    .formatted(
                        SubjectNames.printable(
                            certificates.get(problem.index()).getSubjectX500Principal().getName()),
                        problem.message()))
        .toList();
  }

  /** When the first of its certificates ends. */
  Instant end() {
    return end;
  }

  boolean isCurrent(Instant now) {
    return !now.isBefore(begin) && !now.isAfter(end);
  }

  boolean signed(X509Certificate leaf) {
    var algorithm = SignatureAlgorithm.named(leaf.getSigAlgName());
    try {
      if (algorithm.isEmpty()) {
        leaf.verify(certificates.getFirst().getPublicKey());
        return true;
      }
      var signature = crypto.signature(algorithm.get());
      signature.initVerify(key);
      signature.update(leaf.getTBSCertificate());
      return signature.verify(leaf.getSignature());
    } catch (GeneralSecurityException not) {
      return false;
    }
  }

  /** Why the constraints of an issuer refuse this leaf; empty where there are none or all agree. */
  Optional<String> refusal(X509Certificate leaf, Instant now) {
    return constrained ? refusalByPathValidator(leaf, now) : Optional.empty();
  }

  // Constraints have many rules and have been got wrong often, so the JDK's validator decides.
  private Optional<String> refusalByPathValidator(X509Certificate leaf, Instant now) {
    var root = certificates.getLast();
    if (isConstrained(root) && !IssuingCa.isSelfIssued(root)) {
      return Optional.of(
          "its topmost issuer '%s' has constraints and no root above it; add the root to the chain"
              .formatted(root.getSubjectX500Principal()));
    }
    var path = new ArrayList<X509Certificate>();
    path.add(leaf);
    path.addAll(certificates);
    try {
      // The JDK takes no constraints from an anchor, so the root is both in the path and, as a
      // bare key, the anchor.
      var anchor =
          IssuingCa.isSelfIssued(root)
              ? new TrustAnchor(root.getSubjectX500Principal(), root.getPublicKey(), null)
              : new TrustAnchor(path.removeLast(), null);
      var parameters = new PKIXParameters(Set.of(anchor));
      parameters.setRevocationEnabled(false);
      parameters.setDate(Date.from(now));
      CertPathValidator.getInstance("PKIX")
          .validate(CertificateFactory.getInstance("X.509").generateCertPath(path), parameters);
      return Optional.empty();
    } catch (GeneralSecurityException refused) {
      return Optional.of(
          "the constraints of its issuers refuse it: "
              + SubjectNames.printable(String.valueOf(refused.getMessage())));
    } catch (RuntimeException notAHost) {
      // The validator fails on URIs whose authority is no host name, as of a trust domain with '_'.
      return Optional.of(
          "the URI constraints of its issuers cannot be applied to its names, which have no host name that DNS allows");
    }
  }
}
