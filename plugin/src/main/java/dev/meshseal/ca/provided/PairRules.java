package dev.meshseal.ca.provided;

import dev.meshseal.identity.DataplaneId;
import dev.meshseal.identity.DataplaneIdentity;
import dev.meshseal.identity.IdentityForm;
import dev.meshseal.identity.SpiffeId;
import dev.meshseal.mesh.Violation;
import dev.meshseal.x509.CertificateCheck;
import dev.meshseal.x509.CertificateCheckException;
import dev.meshseal.x509.CertificateName;
import dev.meshseal.x509.CertificateSigner;
import dev.meshseal.x509.CryptoProvider;
import dev.meshseal.x509.IssuerExpiredException;
import dev.meshseal.x509.IssuerRules;
import dev.meshseal.x509.IssuingCa;
import dev.meshseal.x509.KeyType;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * What is wrong with a chain and a key that could both be read. A chain that is upside down, or has
 * a leaf before its authorities, is told so once, and the rest is found as if it were right.
 */
final class PairRules {
  private static final int KEY_CERT_SIGN = 5;

  /** A certificate and where the operator wrote it. */
  private record Placed(int index, X509Certificate certificate) {
    String path() {
      return "%s[%d]".formatted(PairReader.CERT, index);
    }

    String name() {
      return "'%s'".formatted(CertificateName.subject(certificate));
    }
  }

  private final List<X509Certificate> chain;
  private final Optional<PrivateKey> key;
  private final String trustDomain;
  private final List<Violation> violations = new ArrayList<>();

  PairRules(List<X509Certificate> chain, Optional<PrivateKey> key, String trustDomain) {
    this.chain = chain;
    this.key = key;
    this.trustDomain = trustDomain;
  }

  List<Violation> violations(Instant now) {
    var authorities = withoutLeaf(rightWayUp(withoutCopies(placed())));
    checkKey(authorities.getFirst());
    for (var problem : IssuerRules.problems(certificates(authorities), trustDomain, now)) {
      var placed = authorities.get(problem.index());
      violations.add(
          new Violation(placed.path(), "%s %s".formatted(placed.name(), problem.message())));
    }
    if (violations.isEmpty()) {
      key.ifPresent(some -> probe(new IssuingCa(chain, some), now));
    }
    return violations;
  }

  private List<Placed> placed() {
    return IntStream.range(0, chain.size()).mapToObj(i -> new Placed(i, chain.get(i))).toList();
  }

  private static List<X509Certificate> certificates(List<Placed> placed) {
    return placed.stream().map(Placed::certificate).toList();
  }

  private List<Placed> withoutCopies(List<Placed> placed) {
    var first = new LinkedHashMap<X509Certificate, Placed>();
    for (var one : placed) {
      var other = first.putIfAbsent(one.certificate(), one);
      if (other != null) {
        violations.add(
            new Violation(
                one.path(),
                "%s is the same certificate as %s; remove one of them"
                    .formatted(one.name(), other.path())));
      }
    }
    return List.copyOf(first.values());
  }

  private List<Placed> rightWayUp(List<Placed> placed) {
    if (placed.size() == 1 || isLinked(placed) || !isLinked(placed.reversed())) {
      return placed;
    }
    violations.add(
        new Violation(
            PairReader.CERT,
            "is upside down: it begins with %s and ends with %s; put the certificate that signs leaves first and the root last"
                .formatted(placed.getFirst().name(), placed.getLast().name())));
    return placed.reversed();
  }

  private static boolean isLinked(List<Placed> placed) {
    return IntStream.range(1, placed.size())
        .allMatch(
            i ->
                IssuerRules.isSignedBy(
                    placed.get(i - 1).certificate(), placed.get(i).certificate()));
  }

  private List<Placed> withoutLeaf(List<Placed> placed) {
    var first = placed.getFirst();
    if (placed.size() == 1
        || !isLeaf(first.certificate())
        || !IssuerRules.isSignedBy(first.certificate(), placed.get(1).certificate())) {
      return placed;
    }
    violations.add(
        new Violation(
            first.path(),
            "%s is a leaf, and its issuer %s comes after it; remove the leaf, so that the CA comes first, and give the key of that CA"
                .formatted(first.name(), placed.get(1).name())));
    return placed.subList(1, placed.size());
  }

  private static boolean isLeaf(X509Certificate certificate) {
    var usage = certificate.getKeyUsage();
    return certificate.getBasicConstraints() < 0 && (usage == null || !usage[KEY_CERT_SIGN]);
  }

  private void checkKey(Placed issuing) {
    key.filter(some -> !isPair(issuing.certificate(), some))
        .ifPresent(some -> violations.add(new Violation(PairReader.KEY, mismatch(issuing, some))));
  }

  private String mismatch(Placed issuing, PrivateKey other) {
    return placed().stream()
        .filter(placed -> isPair(placed.certificate(), other))
        .findFirst()
        .map(
            owner ->
                "belongs to %s %s, but leaves are signed by %s %s; give the key of that certificate"
                    .formatted(owner.path(), owner.name(), issuing.path(), issuing.name()))
        .orElseGet(
            () ->
                "has a key of type %s that does not belong to %s %s, which has another key of type %s; give the key of that certificate"
                    .formatted(
                        other.getAlgorithm(),
                        issuing.path(),
                        issuing.name(),
                        type(issuing.certificate().getPublicKey())));
  }

  private static String type(PublicKey key) {
    return KeyType.of(key).map(KeyType::toString).orElse(key.getAlgorithm());
  }

  private static boolean isPair(X509Certificate certificate, PrivateKey key) {
    return certificate.getPublicKey().getAlgorithm().equals(key.getAlgorithm())
        && new IssuingCa(List.of(certificate), key).isPaired();
  }

  /** What no single rule finds: whether a leaf of this authority is one that peers accept. */
  private void probe(IssuingCa ca, Instant now) {
    var name = "probe";
    var lifetime = Duration.ofMinutes(1);
    var identity =
        new DataplaneIdentity(
            new DataplaneId(name, name),
            IdentityForm.SVID,
            List.of(new SpiffeId(trustDomain, "/" + name).toString()));
    var crypto = CryptoProvider.best();
    try {
      var leaf = new CertificateSigner(ca, KeyType.EC_P256, crypto).sign(identity, lifetime, now);
      new CertificateCheck(crypto).requireLeafFor(identity, leaf, ca.trustBundle(), lifetime, now);
    } catch (IssuerExpiredException ending) {
      violations.add(
          new Violation(
              PairReader.CERT,
              "cannot issue any more: %s; renew the CA".formatted(ending.getMessage())));
    } catch (CertificateCheckException refused) {
      violations.add(
          new Violation(
              PairReader.CERT,
              "signs leaves that peers refuse: %s; have the CA issued again without that"
                  .formatted(String.join("; ", refused.problems()))));
    }
  }
}
