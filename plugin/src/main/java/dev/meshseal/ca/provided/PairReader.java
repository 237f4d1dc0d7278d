package dev.meshseal.ca.provided;

import dev.meshseal.ca.CaException;
import dev.meshseal.mesh.Violation;
import dev.meshseal.x509.InvalidPemException;
import dev.meshseal.x509.IssuerRules;
import dev.meshseal.x509.IssuingCa;
import dev.meshseal.x509.Pem;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Certificate and key of one backend → an authority, or everything that is wrong with them. */
final class PairReader {
  static final String CERT = "conf.cert";
  static final String KEY = "conf.key";

  private final List<Violation> violations = new ArrayList<>();
  private final List<CaException> unavailable = new ArrayList<>();

  /**
   * @param ca present where there are no violations
   * @param ended whether a certificate of the chain has ended
   */
  record Reading(Optional<IssuingCa> ca, List<Violation> violations, boolean ended) {
    Reading {
      violations = List.copyOf(violations);
    }
  }

  private PairReader() {}

  /**
   * Reads both even if one is wrong.
   *
   * @throws CaException if either is unavailable, so that it helps to ask again
   */
  static Reading read(
      Supplier<byte[]> cert, Supplier<byte[]> key, String trustDomain, Instant now) {
    return new PairReader().reading(cert, key, trustDomain, now);
  }

  private Reading reading(
      Supplier<byte[]> cert, Supplier<byte[]> key, String trustDomain, Instant now) {
    var chain = read(CERT, () -> Pem.readCertificates(cert.get()));
    var privateKey = read(KEY, () -> Pem.readPrivateKey(key.get()));
    if (!unavailable.isEmpty()) {
      throw allUnavailable();
    }
    chain.ifPresent(
        some -> violations.addAll(new PairRules(some, privateKey, trustDomain).violations(now)));
    return new Reading(
        violations.isEmpty() ? chain.flatMap(some -> paired(some, privateKey)) : Optional.empty(),
        violations,
        chain.stream().flatMap(List::stream).anyMatch(one -> IssuerRules.hasEnded(one, now)));
  }

  /** What is wrong already is told with it, so that both can be put right. */
  private CaException allUnavailable() {
    var sentences =
        Stream.concat(
                unavailable.stream().map(CaException::getMessage),
                violations.stream().map(Violation::toString))
            .collect(Collectors.joining("; "));
    return CaException.unavailable(sentences, unavailable.getFirst());
  }

  private static Optional<IssuingCa> paired(List<X509Certificate> chain, Optional<PrivateKey> key) {
    return key.map(some -> new IssuingCa(chain, some));
  }

  private <T> Optional<T> read(String path, Supplier<T> reading) {
    try {
      return Optional.of(reading.get());
    } catch (InvalidPemException invalid) {
      violations.add(new Violation(path, String.valueOf(invalid.getMessage())));
    } catch (CaException unread) {
      switch (unread.kind()) {
        case UNAVAILABLE -> unavailable.add(unread);
        case REJECTED -> violations.add(new Violation(path, unread.getMessage()));
      }
    }
    return Optional.empty();
  }
}
