package dev.meshseal.x509;

import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What is wrong with a leaf by itself: its names, dates and usages, against what was asked. */
final class LeafRules {
  // As much as the clocks of two machines are allowed to differ.
  private static final Duration SKEW = Duration.ofMinutes(5);
  // An authority counts the lifetime from its own now, and may round it up.
  private static final Duration TOLERANCE = Duration.ofSeconds(60);
  private static final String SUBJECT_ALT_NAME = "2.5.29.17";
  private static final int DIGITAL_SIGNATURE = 0;
  private static final byte[] EMPTY_SUBJECT = {0x30, 0};

  private final X509Certificate leaf;
  private final LeafRequest request;
  private final List<String> problems = new ArrayList<>();

  LeafRules(X509Certificate leaf, LeafRequest request) {
    this.leaf = leaf;
    this.request = request;
  }

  List<String> problems(Instant now) {
    checkNames();
    checkSubject();
    checkDates(now);
    checkUsages();
    IssuerRules.weakness(leaf.getPublicKey()).ifPresent(weak -> problems.add("it " + weak));
    return problems;
  }

  private void checkNames() {
    var value = leaf.getExtensionValue(SUBJECT_ALT_NAME);
    if (value == null) {
      problems.add("it has no names, asked were " + asked());
      return;
    }
    var names = DerReader.of(value).content(DerWriter.OCTET_STRING);
    // The bytes that our own authorities write; others may order the names as they like.
    if (request.dnsNames().isEmpty()
        && Arrays.equals(names, SubjectNames.uris(request.identity().uris()))) {
      return;
    }
    var found = SubjectNames.read(names);
    if (!found.stream().sorted().toList().equals(asked().stream().sorted().toList())) {
      problems.add("its names are %s, asked were %s".formatted(found, asked()));
    }
  }

  private List<String> asked() {
    var asked = new ArrayList<String>();
    request.identity().uris().forEach(uri -> asked.add("URI:" + uri));
    request.dnsNames().forEach(name -> asked.add("DNS:" + name));
    return asked;
  }

  private void checkSubject() {
    var subject = leaf.getSubjectX500Principal();
    if (Arrays.equals(subject.getEncoded(), EMPTY_SUBJECT)) {
      var critical = leaf.getCriticalExtensionOIDs();
      // With an empty subject the names are all there is (RFC 5280, 4.2.1.6).
      require(
          critical != null && critical.contains(SUBJECT_ALT_NAME),
          "its subject is empty and its names are not critical");
      return;
    }
    var allowed = request.commonName().map(name -> "CN=" + name).orElse("");
    require(
        subject.getName().equals(allowed),
        "its subject is '%s', asked was '%s'"
            .formatted(SubjectNames.printable(subject.getName()), allowed));
  }

  private void checkDates(Instant now) {
    var notBefore = leaf.getNotBefore().toInstant();
    var notAfter = leaf.getNotAfter().toInstant();
    var latest = now.plus(request.lifetime());
    require(notAfter.isAfter(now), "it ended at %s, and it is %s now".formatted(notAfter, now));
    require(
        !notBefore.isAfter(now.plus(SKEW)),
        "it begins at %s, and it is %s now".formatted(notBefore, now));
    require(
        !notAfter.isAfter(latest.plus(TOLERANCE)),
        "it ends at %s, asked was %s".formatted(notAfter, latest));
  }

  private void checkUsages() {
    require(leaf.getBasicConstraints() < 0, "it is a CA, asked was a leaf");
    var usage = leaf.getKeyUsage();
    require(usage != null && usage[DIGITAL_SIGNATURE], "its key usage lacks digitalSignature");
    require(
        usage == null || !usage[IssuerRules.KEY_CERT_SIGN],
        "its key usage has keyCertSign, which only a CA may have");
    var purposes = IssuerRules.purposes(leaf);
    require(
        purposes.containsAll(List.of(IssuerRules.SERVER_AUTH, IssuerRules.CLIENT_AUTH)),
        "its extended key usages are %s, a proxy needs serverAuth (%s) and clientAuth (%s)"
            .formatted(purposes, IssuerRules.SERVER_AUTH, IssuerRules.CLIENT_AUTH));
    var unknown = IssuerRules.unknownCritical(leaf);
    require(unknown.isEmpty(), "it has critical extensions that peers do not know: " + unknown);
  }

  private void require(boolean holds, String problem) {
    if (!holds) {
      problems.add(problem);
    }
  }
}
