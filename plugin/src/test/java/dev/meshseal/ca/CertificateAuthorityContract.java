package dev.meshseal.ca;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.meshseal.identity.DataplaneIdentity;
import dev.meshseal.testing.FakeClock;
import dev.meshseal.testing.Identities;
import dev.meshseal.x509.CertificateCheck;
import dev.meshseal.x509.CryptoProvider;
import dev.meshseal.x509.IdentityCertificate;
import dev.meshseal.x509.Pem;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

/** What every backend promises. A backend's test extends this and opens its authority. */
public abstract class CertificateAuthorityContract {
  protected static final Duration HOUR = Duration.ofHours(1);

  protected final FakeClock clock = FakeClock.atNoon();

  /** An authority that works, good for at least a week from the clock's time. */
  protected abstract CertificateAuthority authority();

  /** The names under which this backend is asked; the same for each number. */
  protected DataplaneIdentity identity(int number) {
    return Identities.kuma(number);
  }

  @Test
  void issuesWhatTheCheckAccepts() {
    var authority = authority();

    var issued = authority.issue(identity(1), HOUR);

    assertThatCode(
            () ->
                new CertificateCheck(CryptoProvider.best())
                    .requireLeafFor(
                        identity(1), issued, authority.trustBundle(), HOUR, clock.instant()))
        .doesNotThrowAnyException();
    assertThat(uris(issued)).containsExactlyInAnyOrderElementsOf(identity(1).uris());
  }

  @Test
  void rejectsANameThatNoCertificateMayCarry() {
    var authority = authority();
    var odd =
        new DataplaneIdentity(
            identity(1).id(), identity(1).form(), List.of("spiffe://default/web\0.evil"));

    assertThatThrownBy(() -> authority.issue(odd, HOUR))
        .isInstanceOfSatisfying(
            CaException.class,
            refused -> assertThat(refused.kind()).isEqualTo(CaException.Kind.REJECTED))
        .hasMessageContaining("default/web-1");
  }

  @Test
  void makesAFreshKeyAndSerialEachTime() {
    var authority = authority();

    var one = authority.issue(identity(1), HOUR);
    var two = authority.issue(identity(1), HOUR);

    assertThat(one.privateKeyPem()).isNotEqualTo(two.privateKeyPem());
    assertThat(one.serial()).isNotEqualTo(two.serial());
  }

  @Test
  void neverLivesLongerThanAsked() {
    var authority = authority();

    var issued = authority.issue(identity(1), HOUR);

    assertThat(issued.expiresAt()).isBeforeOrEqualTo(clock.instant().plus(HOUR).plusSeconds(60));
    assertThat(issued.notBefore()).isBeforeOrEqualTo(clock.instant());
  }

  @Test
  void neverOutlivesAnyOfItsIssuers() {
    var authority = authority();

    var issued = authority.issue(identity(1), Duration.ofDays(100 * 365));

    for (var issuer : issuers(authority, issued)) {
      assertThat(issued.expiresAt()).isBeforeOrEqualTo(issuer.getNotAfter().toInstant());
    }
  }

  @Test
  void servesNoRootWithTheLeaf() {
    var authority = authority();

    var issued = authority.issue(identity(1), HOUR);

    assertThat(chain(issued)).doesNotContainAnyElementsOf(authority.trustBundle().roots());
  }

  @Test
  void saysOfACertificateWhatTheCertificateSays() {
    var authority = authority();

    var issued = authority.issue(identity(1), HOUR);

    var leaf = chain(issued).getFirst();
    assertThat(issued.serial()).isEqualTo(leaf.getSerialNumber().toString(16));
    assertThat(issued.notBefore()).isEqualTo(leaf.getNotBefore().toInstant());
    assertThat(issued.expiresAt()).isEqualTo(leaf.getNotAfter().toInstant());
  }

  @Test
  void issuesToManyThreadsAtOnceWithoutMixingThem() throws Exception {
    var authority = authority();
    var calls = new ArrayList<Callable<IdentityCertificate>>();
    for (int i = 0; i < 64; i++) {
      var identity = identity(i);
      calls.add(() -> authority.issue(identity, HOUR));
    }

    var issued = new ArrayList<IdentityCertificate>();
    try (var threads = Executors.newFixedThreadPool(8)) {
      for (var call : threads.invokeAll(calls)) {
        issued.add(call.get());
      }
    }

    var serials = new HashSet<String>();
    for (int i = 0; i < issued.size(); i++) {
      assertThat(uris(issued.get(i))).containsExactlyInAnyOrderElementsOf(identity(i).uris());
      assertThat(serials.add(issued.get(i).serial())).isTrue();
    }
  }

  @Test
  void issuesOnVirtualThreads() throws Exception {
    var authority = authority();

    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var issued = threads.submit(() -> authority.issue(identity(1), HOUR)).get();

      assertThat(uris(issued)).containsExactlyInAnyOrderElementsOf(identity(1).uris());
    }
  }

  @Test
  void printsNoKey() {
    var authority = authority();

    var issued = authority.issue(identity(1), HOUR);

    assertThat(authority + " " + issued + " " + authority.trustBundle())
        .doesNotContain("PRIVATE KEY")
        .doesNotContain("BEGIN");
  }

  @Test
  void givesTheSameTrustBundleEachTime() {
    var authority = authority();

    assertThat(authority.trustBundle()).isEqualTo(authority.trustBundle());
    assertThat(authority.trustBundle().isEmpty()).isFalse();
  }

  protected static List<X509Certificate> chain(IdentityCertificate issued) {
    return Pem.readCertificates(issued.chainPem().getBytes(StandardCharsets.US_ASCII));
  }

  private static List<X509Certificate> issuers(
      CertificateAuthority authority, IdentityCertificate issued) {
    var issuers = new ArrayList<>(chain(issued));
    issuers.removeFirst();
    issuers.addAll(authority.trustBundle().roots());
    return issuers;
  }

  private static List<String> uris(IdentityCertificate issued) {
    try {
      return chain(issued).getFirst().getSubjectAlternativeNames().stream()
          .map(name -> (String) name.get(1))
          .toList();
    } catch (CertificateParsingException invalid) {
      throw new AssertionError(invalid);
    }
  }
}
