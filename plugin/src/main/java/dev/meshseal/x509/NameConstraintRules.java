package dev.meshseal.x509;

import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.GeneralSubtree;
import org.bouncycastle.asn1.x509.NameConstraintValidatorException;
import org.bouncycastle.asn1.x509.NameConstraints;
import org.bouncycastle.asn1.x509.PKIXNameConstraintValidator;

/** Whether an authority allows the names below it (RFC 5280, 4.2.1.10). */
final class NameConstraintRules {
  private static final String NAME_CONSTRAINTS = "2.5.29.30";
  private static final String SUBJECT_ALT_NAME = "2.5.29.17";

  private NameConstraintRules() {}

  /** Why an authority refuses the identities of a trust domain, or the authorities below it. */
  static Optional<String> problem(
      X509Certificate authority, List<X509Certificate> below, String trustDomain) {
    var extension = authority.getExtensionValue(NAME_CONSTRAINTS);
    if (extension == null) {
      return Optional.empty();
    }
    try {
      return problem(NameConstraints.getInstance(content(extension)), below, trustDomain);
    } catch (IllegalArgumentException | IllegalStateException unreadable) {
      return Optional.of("has name constraints that cannot be read; have it issued again");
    }
  }

  private static Optional<String> problem(
      NameConstraints constraints, List<X509Certificate> below, String trustDomain) {
    var validator = new PKIXNameConstraintValidator();
    var permitted = subtrees(constraints.getPermittedSubtrees());
    var excluded = subtrees(constraints.getExcludedSubtrees());
    if (!permitted.isEmpty()) {
      validator.intersectPermittedSubtree(permitted.toArray(GeneralSubtree[]::new));
    }
    excluded.forEach(validator::addExcludedSubtree);
    for (var name : names(below, trustDomain)) {
      if (!isAllowed(validator, name)) {
        return Optional.of(
            "has name constraints that refuse '%s': permitted are %s, excluded are %s; have it issued again with names that fit the mesh"
                .formatted(shown(name), shown(permitted, name), shown(excluded, name)));
      }
    }
    return Optional.empty();
  }

  private static List<GeneralName> names(List<X509Certificate> below, String trustDomain) {
    var names = new ArrayList<GeneralName>();
    names.add(
        new GeneralName(
            GeneralName.uniformResourceIdentifier, "spiffe://%s/web".formatted(trustDomain)));
    for (var certificate : below) {
      // What an authority issued to its own name is not constrained (RFC 5280, 6.1.3 (b)).
      if (!IssuingCa.isSelfIssued(certificate)) {
        names.addAll(names(certificate));
      }
    }
    return names;
  }

  private static List<GeneralName> names(X509Certificate certificate) {
    var names = new ArrayList<GeneralName>();
    var subject = X500Name.getInstance(certificate.getSubjectX500Principal().getEncoded());
    if (subject.size() > 0) {
      names.add(new GeneralName(subject));
    }
    var others = certificate.getExtensionValue(SUBJECT_ALT_NAME);
    if (others != null) {
      names.addAll(List.of(GeneralNames.getInstance(content(others)).getNames()));
    }
    return names;
  }

  private static boolean isAllowed(PKIXNameConstraintValidator validator, GeneralName name) {
    try {
      validator.checkPermitted(name);
      validator.checkExcluded(name);
      return true;
    } catch (NameConstraintValidatorException refused) {
      return false;
    }
  }

  private static List<GeneralSubtree> subtrees(GeneralSubtree[] subtrees) {
    return subtrees == null ? List.of() : Arrays.asList(subtrees);
  }

  // Names of another kind neither permit nor exclude this one.
  private static String shown(List<GeneralSubtree> subtrees, GeneralName name) {
    return subtrees.stream()
        .map(GeneralSubtree::getBase)
        .filter(base -> base.getTagNo() == name.getTagNo())
        .map(NameConstraintRules::shown)
        .collect(Collectors.joining(", ", "[", "]"));
  }

  private static String shown(GeneralName name) {
    return SubjectNames.printable(name.getName().toString());
  }

  private static byte[] content(byte[] extension) {
    return ASN1OctetString.getInstance(extension).getOctets();
  }
}
