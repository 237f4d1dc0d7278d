package dev.meshseal.x509;

import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;

/**
 * What is wrong with a chain of authorities, the one that signs leaves first: everything for which
 * a peer would refuse a leaf under it, found before any leaf is signed (RFC 5280, 4.2.1 and 6.1;
 * X509-SVID, 4).
 */
public final class IssuerRules {
  /**
   * @param index which certificate of the chain, from zero
   */
  public record Problem(int index, String message) {}

  // By their bits (RFC 5280, 4.2.1.3).
  private static final List<String> USAGES =
      List.of(
          "digitalSignature",
          "nonRepudiation",
          "keyEncipherment",
          "dataEncipherment",
          "keyAgreement",
          "keyCertSign",
          "cRLSign",
          "encipherOnly",
          "decipherOnly");
  static final int KEY_CERT_SIGN = 5;
  static final int KEY_AGREEMENT = 4;
  static final String ANY_EXTENDED_KEY_USAGE = "2.5.29.37.0";
  static final String SERVER_AUTH = "1.3.6.1.5.5.7.3.1";
  static final String CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";

  // Key usage, names, basic constraints, name constraints, policies and extended key usage: what
  // Envoy's BoringSSL processes.
  private static final Set<String> KNOWN_CRITICAL =
      Set.of(
          "2.5.29.15",
          "2.5.29.17",
          "2.5.29.19",
          "2.5.29.30",
          "2.5.29.32",
          "2.5.29.33",
          "2.5.29.36",
          "2.5.29.37",
          "2.5.29.54");

  private static final Set<String> CURVES =
      Set.of(
          "301306072a8648ce3d020106082a8648ce3d030107", // P-256
          "301006072a8648ce3d020106052b81040022", // P-384
          "301006072a8648ce3d020106052b81040023"); // P-521

  private final List<X509Certificate> chain;
  private final Instant now;
  private final List<Problem> problems = new ArrayList<>();

  private IssuerRules(List<X509Certificate> chain, Instant now) {
    this.chain = chain;
    this.now = now;
  }

  /** All of them, in the order of the chain; empty where there is nothing wrong. */
  public static List<Problem> problems(List<X509Certificate> chain, Instant now) {
    var rules = new IssuerRules(chain, now);
    for (int i = 0; i < chain.size(); i++) {
      rules.checkAuthority(i);
      rules.checkDates(i);
      rules.checkStrength(i);
      rules.checkLink(i);
    }
    rules.checkDuplicates();
    return List.copyOf(rules.problems);
  }

  /**
   * The same, and whether the constraints of the authorities allow each other's names and the
   * SPIFFE IDs of a trust domain.
   */
  public static List<Problem> problems(
      List<X509Certificate> chain, String trustDomain, Instant now) {
    var problems = new ArrayList<>(problems(chain, now));
    for (int i = 0; i < chain.size(); i++) {
      int index = i;
      NameConstraintRules.problem(chain.get(i), chain.subList(0, i), trustDomain)
          .ifPresent(message -> problems.add(new Problem(index, message)));
    }
    return List.copyOf(problems);
  }

  private void checkAuthority(int i) {
    var certificate = chain.get(i);
    int pathLength = certificate.getBasicConstraints();
    require(
        i,
        pathLength >= 0,
        "is no CA: basic constraint 'CA' is not true; have it issued again with CA:TRUE");
    require(
        i,
        pathLength < 0 || pathLength >= authoritiesBelow(i),
        "allows %d CAs below it (pathLenConstraint), but the chain has %d; have it issued again with a greater number, or issue with a CA further up"
            .formatted(pathLength, authoritiesBelow(i)));
    checkUsages(i, certificate);
    var unknown = unknownCritical(certificate);
    require(
        i,
        unknown.isEmpty(),
        "has critical extensions that peers do not know, %s; have it issued again without"
            .formatted(unknown));
  }

  private void checkUsages(int i, X509Certificate certificate) {
    var usage = certificate.getKeyUsage();
    require(
        i,
        usage != null && usage[KEY_CERT_SIGN],
        "may not sign certificates: its key usages are %s; have it issued again with keyCertSign"
            .formatted(usages(certificate)));
    require(
        i,
        usage == null || !usage[KEY_AGREEMENT],
        "has key usage keyAgreement, which no CA may have: its key usages are %s; have it issued again without"
            .formatted(usages(certificate)));
    require(
        i,
        allowsProxies(certificate),
        "has extended key usages %s, but proxies need serverAuth (%s) and clientAuth (%s); have it issued again with both, or with none"
            .formatted(purposes(certificate), SERVER_AUTH, CLIENT_AUTH));
  }

  private static List<String> usages(X509Certificate certificate) {
    var usage = certificate.getKeyUsage();
    return usage == null
        ? List.of()
        : IntStream.range(0, Math.min(usage.length, USAGES.size()))
            .filter(bit -> usage[bit])
            .mapToObj(USAGES::get)
            .toList();
  }

  // Certificates that a CA issued to its own name do not count (RFC 5280, 4.2.1.9).
  private long authoritiesBelow(int i) {
    return chain.subList(0, i).stream().filter(below -> !IssuingCa.isSelfIssued(below)).count();
  }

  // Peers apply it to all leaves below, though RFC 5280 speaks of the leaf alone.
  private static boolean allowsProxies(X509Certificate certificate) {
    var purposes = purposes(certificate);
    return purposes.isEmpty()
        || purposes.contains(ANY_EXTENDED_KEY_USAGE)
        || purposes.containsAll(List.of(SERVER_AUTH, CLIENT_AUTH));
  }

  static List<String> purposes(X509Certificate certificate) {
    try {
      var purposes = certificate.getExtendedKeyUsage();
      return purposes == null ? List.of() : purposes;
    } catch (CertificateParsingException invalid) {
      return List.of("unreadable");
    }
  }

  static Set<String> unknownCritical(X509Certificate certificate) {
    var critical = certificate.getCriticalExtensionOIDs();
    var unknown = new TreeSet<String>(critical == null ? Set.of() : critical);
    unknown.removeAll(KNOWN_CRITICAL);
    return unknown;
  }

  private void checkDates(int i) {
    var notBefore = chain.get(i).getNotBefore().toInstant();
    var notAfter = chain.get(i).getNotAfter().toInstant();
    require(
        i,
        !hasEnded(chain.get(i), now),
        "ended at %s, and it is %s now; renew it".formatted(notAfter, now));
    require(
        i,
        !now.isBefore(notBefore),
        "begins at %s, and it is %s now; wait, or set the clock".formatted(notBefore, now));
  }

  /** Whether its last moment is past (RFC 5280, 4.1.2.5). */
  public static boolean hasEnded(X509Certificate certificate, Instant now) {
    return now.isAfter(certificate.getNotAfter().toInstant());
  }

  private void checkStrength(int i) {
    var certificate = chain.get(i);
    weakness(certificate.getPublicKey()).ifPresent(weak -> problems.add(new Problem(i, weak)));
    // Nobody checks the signature of a root, which is trusted as it is.
    require(
        i,
        IssuingCa.isSelfIssued(certificate) || SignatureAlgorithm.isAcceptedIn(certificate),
        "is signed with %s, which peers refuse; have it issued again with SHA-256"
            .formatted(certificate.getSigAlgName()));
  }

  static Optional<String> weakness(PublicKey key) {
    if (key instanceof RSAPublicKey rsa && key.getAlgorithm().equals("RSA")) {
      int bits = rsa.getModulus().bitLength();
      return bits >= 2048 && bits <= 8192
          ? Optional.empty()
          : Optional.of("has an RSA key of %d bits; it must be 2048 to 8192".formatted(bits));
    }
    if (key instanceof ECPublicKey) {
      var algorithm = DerReader.of(key.getEncoded()).enter(DerWriter.SEQUENCE).element();
      return CURVES.contains(HexFormat.of().formatHex(algorithm))
          ? Optional.empty()
          : Optional.of("has an EC key on a curve other than P-256, P-384 and P-521");
    }
    return Optional.of("has a key of type %s; it must be EC or RSA".formatted(key.getAlgorithm()));
  }

  private void checkLink(int i) {
    var certificate = chain.get(i);
    if (IssuingCa.isSelfIssued(certificate)) {
      require(
          i,
          isRefusedAnyway(certificate) || isSignedBy(certificate, certificate),
          "names itself as its issuer, but is not signed with its own key; give the root itself, or leave it out");
      require(
          i,
          i == chain.size() - 1,
          "is a root, but has %d certificates after it; put it last, and leave out what is not below it"
              .formatted(chain.size() - 1 - i));
      return;
    }
    if (i + 1 < chain.size()) {
      var next = chain.get(i + 1);
      require(
          i,
          isRefusedAnyway(next) || isSignedBy(certificate, next),
          "is issued by '%s', but the next certificate is '%s' and did not sign it; order the chain from the CA that signs leaves up to the root"
              .formatted(CertificateName.issuer(certificate), CertificateName.subject(next)));
    }
  }

  // Its key may be one with which nothing can be verified here.
  private static boolean isRefusedAnyway(X509Certificate issuer) {
    return weakness(issuer.getPublicKey()).isPresent();
  }

  /** By name and by signature. */
  public static boolean isSignedBy(X509Certificate certificate, X509Certificate issuer) {
    if (!certificate.getIssuerX500Principal().equals(issuer.getSubjectX500Principal())) {
      return false;
    }
    try {
      certificate.verify(issuer.getPublicKey());
      return true;
    } catch (GeneralSecurityException not) {
      return false;
    }
  }

  private void checkDuplicates() {
    var seen = new HashSet<X509Certificate>();
    for (int i = 0; i < chain.size(); i++) {
      require(i, seen.add(chain.get(i)), "stands in the chain more than once; remove the copy");
    }
  }

  private void require(int i, boolean holds, String message) {
    if (!holds) {
      problems.add(new Problem(i, message));
    }
  }
}
