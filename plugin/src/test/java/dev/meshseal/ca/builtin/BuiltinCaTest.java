package dev.meshseal.ca.builtin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.meshseal.ca.BackendRef;
import dev.meshseal.ca.CaException;
import dev.meshseal.ca.CertificateAuthority;
import dev.meshseal.ca.CertificateAuthorityContract;
import dev.meshseal.mesh.BackendConf.Builtin;
import dev.meshseal.testing.FakeCaKeyStore;
import dev.meshseal.testing.FakeClock;
import dev.meshseal.testing.Identities;
import dev.meshseal.x509.CryptoProvider;
import dev.meshseal.x509.IssuingCa;
import dev.meshseal.x509.KeyType;
import dev.meshseal.x509.KeyType.Curve;
import java.security.PrivateKey;
import java.time.Duration;
import java.util.HashSet;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class BuiltinCaTest {
  private static final BackendRef BACKEND = BackendRef.of("default", "ca-1");
  private static final Duration YEAR = Duration.ofDays(365);

  private final FakeCaKeyStore store = new FakeCaKeyStore();
  private final FakeClock clock = FakeClock.atNoon();

  @Nested
  class WithTheDefaultKey extends CertificateAuthorityContract {
    @Override
    protected CertificateAuthority authority() {
      return open(conf(KeyType.EC_P256));
    }
  }

  @Nested
  class WithP384 extends CertificateAuthorityContract {
    @Override
    protected CertificateAuthority authority() {
      return open(conf(new KeyType.Ec(Curve.P_384)));
    }
  }

  @Nested
  class WithRsa extends CertificateAuthorityContract {
    @Override
    protected CertificateAuthority authority() {
      return open(conf(KeyType.RSA_2048));
    }
  }

  @Nested
  class WithTheJdkAlone extends CertificateAuthorityContract {
    @Override
    protected CertificateAuthority authority() {
      return BuiltinCa.open(
          BACKEND, conf(KeyType.EC_P256), store, CryptoProvider.jdk(), BuiltinCaTest.this.clock);
    }
  }

  @Test
  void opensTheSameAuthorityAgain() {
    var first = open(conf(KeyType.EC_P256));

    var second = open(conf(KeyType.EC_P256));

    assertThat(second.trustBundle()).isEqualTo(first.trustBundle());
  }

  @Test
  void agreesOnOneAuthorityWhenManyOpenItAtOnce() throws Exception {
    var opens =
        IntStream.range(0, 16)
            .mapToObj(i -> (Callable<BuiltinCa>) () -> open(conf(KeyType.EC_P256)))
            .toList();

    var bundles = new HashSet<>();
    try (var threads = Executors.newFixedThreadPool(8)) {
      for (var opened : threads.invokeAll(opens)) {
        bundles.add(opened.get().trustBundle());
      }
    }

    assertThat(bundles).hasSize(1);
  }

  @Test
  void saysThatChangedSettingsDoNotChangeTheAuthority() {
    open(conf(KeyType.EC_P256));

    var reopened = open(new Builtin(KeyType.RSA_2048, YEAR, KeyType.EC_P256));

    assertThat(reopened.note().orElseThrow())
        .contains("mesh 'default' backend 'ca-1'", "RSA 2048", "EC P-256", "stays as it is");
    assertThat(open(conf(KeyType.EC_P256)).note()).isEmpty();
  }

  @Test
  void refusesAnAuthorityThatHasEndedWithBothDatesAndARemedy() {
    var end = open(conf(KeyType.EC_P256)).expiresAt();
    clock.set(end.plusSeconds(1));

    assertThatThrownBy(() -> open(conf(KeyType.EC_P256)))
        .isInstanceOf(CaException.class)
        .hasMessageContaining("mesh 'default' backend 'ca-1'")
        .hasMessageContaining(end.toString())
        .hasMessageContaining(clock.instant().toString())
        .hasMessageContaining("add another builtin backend");
  }

  @Test
  void refusesAKeyOfAnotherCreation() {
    open(conf(KeyType.EC_P256));
    var kept = store.read("default", "ca-1").orElseThrow();
    store.put("default", "ca-1", new IssuingCa(kept.chain(), otherKey()));

    assertThatThrownBy(() -> open(conf(KeyType.EC_P256)))
        .isInstanceOf(CaException.class)
        .hasMessageContaining("does not belong to the CA certificate");
  }

  @Test
  void saysWhyItNoLongerIssuesOnceItHasEnded() {
    var authority = open(conf(KeyType.EC_P256));
    clock.set(authority.expiresAt());

    assertThatThrownBy(() -> authority.issue(Identities.kuma(1), Duration.ofHours(1)))
        .isInstanceOfSatisfying(
            CaException.class,
            refused -> assertThat(refused.kind()).isEqualTo(CaException.Kind.REJECTED))
        .hasMessageContaining("data plane 'default/web-1'");
  }

  private PrivateKey otherKey() {
    var other = new FakeCaKeyStore();
    BuiltinCa.open(BACKEND, conf(KeyType.EC_P256), other, CryptoProvider.best(), clock);
    return other.read("default", "ca-1").orElseThrow().key();
  }

  private BuiltinCa open(Builtin conf) {
    return BuiltinCa.open(BACKEND, conf, store, CryptoProvider.best(), clock);
  }

  private static Builtin conf(KeyType caKey) {
    return new Builtin(caKey, YEAR, KeyType.EC_P256);
  }
}
