package dev.meshseal.x509;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.meshseal.identity.DataplaneId;
import dev.meshseal.identity.DataplaneIdentity;
import dev.meshseal.identity.IdentityForm;
import dev.meshseal.x509.KeyType.Curve;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CertificateSignerTest {
  private static final Instant NOW = Instant.parse("2026-11-24T12:00:00Z");
  private static final Duration DAY = Duration.ofHours(24);
  private static final DataplaneIdentity WEB =
      new DataplaneIdentity(
          new DataplaneId("default", "web-1"),
          IdentityForm.KUMA,
          List.of("spiffe://default/web", "kuma://kuma.io/service/web"));

  static Stream<CryptoProvider> providers() {
    return Stream.of(CryptoProvider.best(), CryptoProvider.jdk());
  }

  @ParameterizedTest
  @MethodSource("providers")
  void signsWithEveryKindOfKey(CryptoProvider crypto) throws Exception {
    for (var caKey : List.of(KeyType.EC_P256, new KeyType.Ec(Curve.P_384), KeyType.RSA_2048)) {
      for (var leafKey : List.of(KeyType.EC_P256, KeyType.RSA_2048)) {
        var ca = ca(caKey, crypto);

        var signed = new CertificateSigner(ca, leafKey, crypto).sign(WEB, DAY, NOW);

        var leaf = leaf(signed);
        leaf.verify(ca.certificate().getPublicKey());
        var key = Pem.readPrivateKey(ascii(signed.privateKeyPem()));
        assertThat(new KeyPairCheck(crypto).isPair(key, leaf.getPublicKey())).isTrue();
        assertThat(leaf.getSerialNumber().toString(16)).isEqualTo(signed.serial());
        assertThat(leaf.getNotAfter().toInstant()).isEqualTo(signed.expiresAt());
        assertThat(leaf.getNotBefore().toInstant()).isEqualTo(NOW.minusSeconds(10));
      }
    }
  }

  @Test
  void carriesTheNamesInTheirOrderAndNoSubject() throws Exception {
    var ca = ca(KeyType.EC_P256, CryptoProvider.best());

    var signed =
        new CertificateSigner(ca, KeyType.EC_P256, CryptoProvider.best()).sign(WEB, DAY, NOW);

    var leaf = leaf(signed);
    assertThat(leaf.getSubjectX500Principal().getName()).isEmpty();
    assertThat(leaf.getSubjectAlternativeNames())
        .containsExactly(
            List.of(6, "spiffe://default/web"), List.of(6, "kuma://kuma.io/service/web"));
    assertThat(leaf.getCriticalExtensionOIDs())
        .containsExactlyInAnyOrder("2.5.29.15", "2.5.29.17", "2.5.29.19");
  }

  @Test
  void endsWithItsAuthority() {
    var ca = ca(KeyType.EC_P256, CryptoProvider.best());
    var signer = new CertificateSigner(ca, KeyType.EC_P256, CryptoProvider.best());

    var signed = signer.sign(WEB, DAY, ca.expiresAt().minusSeconds(3600));

    assertThat(signed.expiresAt()).isEqualTo(ca.expiresAt());
  }

  @Test
  void refusesWhenItsAuthorityHasEndedAndSaysBothDates() {
    var ca = ca(KeyType.EC_P256, CryptoProvider.best());
    var signer = new CertificateSigner(ca, KeyType.EC_P256, CryptoProvider.best());
    var late = ca.expiresAt().minusSeconds(9);

    assertThatThrownBy(() -> signer.sign(WEB, DAY, late))
        .isInstanceOf(IssuerExpiredException.class)
        .hasMessageContaining(ca.expiresAt().toString())
        .hasMessageContaining(late.toString());
  }

  @Test
  void servesTheIntermediateWithTheLeafAndKeepsTheRootForTheBundle() {
    var crypto = CryptoProvider.best();
    var root = ca(KeyType.EC_P256, crypto);
    var profile = new CaProfile("default", "default", KeyType.EC_P256, Duration.ofDays(30));
    var intermediate = root.createIntermediate(profile, crypto, NOW);

    var signed = new CertificateSigner(intermediate, KeyType.EC_P256, crypto).sign(WEB, DAY, NOW);

    assertThat(Pem.readCertificates(ascii(signed.chainPem())))
        .hasSize(2)
        .contains(intermediate.certificate());
    assertThat(intermediate.trustBundle()).isEqualTo(TrustBundle.of(root.certificate()));
  }

  @Test
  void refusesANameThatAPeerMightReadOtherwise() {
    var signer =
        new CertificateSigner(
            ca(KeyType.EC_P256, CryptoProvider.best()), KeyType.EC_P256, CryptoProvider.best());
    var odd =
        new DataplaneIdentity(WEB.id(), IdentityForm.KUMA, List.of("spiffe://default/web\0.evil"));

    assertThatThrownBy(() -> signer.sign(odd, DAY, NOW))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("visible ASCII");
  }

  private static IssuingCa ca(KeyType key, CryptoProvider crypto) {
    return IssuingCa.create(
        new CaProfile("default", "default", key, Duration.ofDays(365)), crypto, NOW);
  }

  private static X509Certificate leaf(IdentityCertificate signed) {
    return Pem.readCertificates(ascii(signed.chainPem())).getFirst();
  }

  private static byte[] ascii(String pem) {
    return pem.getBytes(StandardCharsets.US_ASCII);
  }
}
