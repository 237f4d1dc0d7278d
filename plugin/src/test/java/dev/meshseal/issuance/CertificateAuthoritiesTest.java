package dev.meshseal.issuance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.meshseal.ca.BackendRef;
import dev.meshseal.ca.certmanager.CertificateRequests;
import dev.meshseal.mesh.Backend;
import dev.meshseal.mesh.BackendConf;
import dev.meshseal.mesh.BackendConf.CertManager.IssuerRef;
import dev.meshseal.testing.FakeCaKeyStore;
import dev.meshseal.testing.FakeCertificateRequests;
import dev.meshseal.testing.FakeClock;
import dev.meshseal.testing.FakeSecrets;
import dev.meshseal.x509.CryptoProvider;
import dev.meshseal.x509.KeyType;
import dev.meshseal.x509.TestCa;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class CertificateAuthoritiesTest {
  private static final BackendRef REF = BackendRef.of("default", "ca-1");

  private final FakeClock clock = FakeClock.atNoon();

  @Test
  void opensCertManagerWhereThereIsKubernetes() {
    var root = TestCa.named("Root").root();

    var authority =
        authorities(Optional.of(new FakeCertificateRequests(clock, root))).open(REF, certManager());

    assertThat(authority.trustBundle().roots()).containsExactly(root.certificate());
  }

  @Test
  void saysThatCertManagerNeedsKubernetes() {
    assertThatThrownBy(() -> authorities(Optional.empty()).open(REF, certManager()))
        .hasMessage(
            "mesh 'default' backend 'ca-1' is of type 'certmanager', which needs a Kubernetes API"
                + " server; start the server with --kubernetes");
  }

  private CertificateAuthorities authorities(Optional<CertificateRequests> requests) {
    return new CertificateAuthorities(
        new FakeSecrets(), new FakeCaKeyStore(), requests, CryptoProvider.best(), clock);
  }

  private static Backend certManager() {
    return new Backend(
        "ca-1",
        Backend.Mode.STRICT,
        Duration.ofHours(1),
        Optional.empty(),
        Backend.DEFAULT_ROOT_CHAIN_TIMEOUT,
        new BackendConf.CertManager(
            new IssuerRef("mesh", "Issuer", "cert-manager.io"),
            Optional.empty(),
            Optional.empty(),
            List.of(),
            KeyType.EC_P256));
  }
}
