package dev.meshseal.ca.provided;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.meshseal.ca.BackendRef;
import dev.meshseal.ca.CaException;
import dev.meshseal.ca.CertificateAuthority;
import dev.meshseal.ca.CertificateAuthorityContract;
import dev.meshseal.ca.SecretReader;
import dev.meshseal.mesh.BackendConf.Provided;
import dev.meshseal.mesh.InvalidMeshException;
import dev.meshseal.mesh.Violation;
import dev.meshseal.testing.FakeClock;
import dev.meshseal.testing.FakeSecrets;
import dev.meshseal.testing.Identities;
import dev.meshseal.x509.CryptoProvider;
import dev.meshseal.x509.IdentityCertificate;
import dev.meshseal.x509.KeyType;
import dev.meshseal.x509.Pem;
import dev.meshseal.x509.TestCa;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class ProvidedCaTest {
  private static final BackendRef BACKEND = BackendRef.of("default", "ca-1");
  private static final Duration HOUR = Duration.ofHours(1);

  private final FakeSecrets secrets = new FakeSecrets();
  private final FakeClock clock = FakeClock.atNoon();

  @Nested
  class WithARootOnP256 extends CertificateAuthorityContract {
    private final TestCa ca = TestCa.named("Root").root();

    @Override
    protected CertificateAuthority authority() {
      return open(ca);
    }
  }

  @Nested
  class WithARootOnP384 extends CertificateAuthorityContract {
    private final TestCa ca = TestCa.named("Root").key("secp384r1").root();

    @Override
    protected CertificateAuthority authority() {
      return open(ca);
    }
  }

  @Nested
  class WithARootOnP521 extends CertificateAuthorityContract {
    private final TestCa ca = TestCa.named("Root").key("secp521r1").root();

    @Override
    protected CertificateAuthority authority() {
      return open(ca);
    }
  }

  @Nested
  class WithAnRsaRoot extends CertificateAuthorityContract {
    private final TestCa ca = TestCa.named("Root").key("2048").root();

    @Override
    protected CertificateAuthority authority() {
      return open(ca);
    }
  }

  @Nested
  class WithAnIntermediateUnderARoot extends CertificateAuthorityContract {
    private final TestCa ca = intermediate();

    @Override
    protected CertificateAuthority authority() {
      return open(ca);
    }
  }

  @Nested
  class WithAnEcIntermediateUnderAnRsaPolicyCaAndRoot extends CertificateAuthorityContract {
    private final TestCa ca =
        TestCa.named("Issuing")
            .pathLength(0)
            .under(
                TestCa.named("Policy")
                    .key("2048")
                    .pathLength(1)
                    .under(TestCa.named("Root").key("secp384r1").root()));

    @Override
    protected CertificateAuthority authority() {
      return open(ca);
    }
  }

  @Nested
  class WithTheJdkAlone extends CertificateAuthorityContract {
    private final TestCa ca = intermediate();

    @Override
    protected CertificateAuthority authority() {
      return ProvidedCa.open(
          BACKEND,
          conf(ca.chainPem(), ca.keyPem()),
          secrets,
          CryptoProvider.jdk(),
          ProvidedCaTest.this.clock);
    }
  }

  @Test
  void servesTheIntermediatesWithTheLeafAndTrustsTheRoot() {
    var given = intermediate();

    var authority = open(given);

    var chain = chain(authority.issue(Identities.kuma(1), HOUR));
    assertThat(chain.subList(1, chain.size())).containsExactly(given.certificate());
    assertThat(authority.trustBundle().roots()).containsExactly(given.chain().getLast());
  }

  @Test
  void trustsTheTopmostCertificateWhereTheChainHasNoRoot() {
    var given = intermediate();

    var authority = open(conf(given.certificatePem(), given.keyPem()));

    assertThat(authority.trustBundle().roots()).containsExactly(given.certificate());
    assertThat(authority.issue(Identities.kuma(1), HOUR).chainPem())
        .endsWith(given.certificatePem());
  }

  @Test
  void acceptsConstraintsThatAllowTheTrustDomain() {
    var given = TestCa.named("Root").permitsUris("default").root();

    var authority = open(given);

    assertThat(authority.issue(Identities.svid(1), HOUR).issuer()).isNotEmpty();
  }

  @Test
  void saysAtOnceWhatIsWrongWithBothSources() {
    var thrown = refusal(conf("no certificate", "no key"));

    assertThat(thrown)
        .hasMessageStartingWith("mesh 'default' backend 'ca-1' is invalid: ")
        .hasMessageContaining("conf.cert: has no PEM certificate")
        .hasMessageContaining("conf.key: has no PEM private key");
  }

  @Test
  void saysOfASourceThatCannotBeReadWhatItsReaderSays() {
    var missing = secrets.put("gone", "");
    secrets.remove(missing);

    var thrown = refusal(new Provided(missing, missing, KeyType.EC_P256));

    assertThat(thrown.violations())
        .containsExactly(
            new Violation("conf.cert", "mesh 'default' has no secret 'gone'"),
            new Violation("conf.key", "mesh 'default' has no secret 'gone'"));
  }

  @Test
  void asksToBeOpenedAgainWhereASourceMayBeThereLater() {
    var given = intermediate();
    SecretReader notYet =
        (mesh, source) -> {
          throw CaException.unavailable("mesh '%s' waits for %s".formatted(mesh, source));
        };
    var conf = conf(given.chainPem(), given.keyPem());

    assertThatThrownBy(() -> ProvidedCa.open(BACKEND, conf, notYet, CryptoProvider.best(), clock))
        .isInstanceOfSatisfying(
            CaException.class,
            failure -> assertThat(failure.kind()).isEqualTo(CaException.Kind.UNAVAILABLE))
        .hasMessage(
            "mesh 'default' waits for secret 'cert'; mesh 'default' waits for secret 'key'");
  }

  @Test
  void warnsWithinTwoLeafLifetimesOfTheEnd() {
    var end = clock.instant().plus(Duration.ofHours(2));
    var given = TestCa.named("Issuing").notAfter(end).under(TestCa.named("Root").root());
    var authority = open(given);

    assertThat(authority.warning(HOUR)).isEmpty();

    clock.advance(Duration.ofSeconds(1));
    assertThat(authority.warning(HOUR).orElseThrow())
        .contains("mesh 'default' backend 'ca-1'", end.toString(), clock.instant().toString());
  }

  @Test
  void endsWithTheFirstCertificateOfTheChainToEnd() {
    var end = Instant.parse("2030-01-01T00:00:00Z");
    var given = TestCa.named("Issuing").under(TestCa.named("Root").notAfter(end).root());

    assertThat(open(given).expiresAt()).isEqualTo(end);
  }

  @Test
  void showsItsIntermediatesWhichEndBeforeItsRoot() {
    var given = intermediate();

    assertThat(open(given).intermediates()).containsExactly(given.certificate());
    assertThat(open(TestCa.named("Root").root()).intermediates()).isEmpty();
  }

  private static TestCa intermediate() {
    return TestCa.named("Issuing").pathLength(0).under(TestCa.named("Root").root());
  }

  private static List<X509Certificate> chain(IdentityCertificate issued) {
    return Pem.readCertificates(issued.chainPem().getBytes(StandardCharsets.US_ASCII));
  }

  private InvalidMeshException refusal(Provided conf) {
    return catchThrowableOfType(InvalidMeshException.class, () -> open(conf));
  }

  private ProvidedCa open(TestCa ca) {
    return open(conf(ca.chainPem(), ca.keyPem()));
  }

  private ProvidedCa open(Provided conf) {
    return ProvidedCa.open(BACKEND, conf, secrets, CryptoProvider.best(), clock);
  }

  private Provided conf(String cert, String key) {
    return new Provided(secrets.put("cert", cert), secrets.put("key", key), KeyType.EC_P256);
  }
}
