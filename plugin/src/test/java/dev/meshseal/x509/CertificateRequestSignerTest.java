package dev.meshseal.x509;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.meshseal.identity.DataplaneIdentity;
import dev.meshseal.testing.Identities;
import java.io.StringReader;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.pkcs.PKCS10CertificationRequest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What another implementation reads in our requests. */
class CertificateRequestSignerTest {
  private static final DataplaneIdentity WEB = Identities.kuma(1);

  record Case(CryptoProvider crypto, KeyType key) {
    CertificateRequestSigner signer() {
      return new CertificateRequestSigner(key, crypto);
    }
  }

  static Stream<Case> everyKey() {
    return Stream.of(CryptoProvider.best(), CryptoProvider.jdk())
        .flatMap(
            crypto ->
                Stream.of(KeyType.EC_P256, new KeyType.Ec(KeyType.Curve.P_384), KeyType.RSA_2048)
                    .map(key -> new Case(crypto, key)));
  }

  @ParameterizedTest
  @MethodSource("everyKey")
  void asksForTheNamesAloneAndSignsWithItsOwnKey(Case with) throws Exception {
    var request = read(with.signer().sign(request(Optional.empty(), List.of())));

    assertThat(
            request.isSignatureValid(
                new JcaContentVerifierProviderBuilder().build(request.getSubjectPublicKeyInfo())))
        .isTrue();
    assertThat(request.getSubject().getRDNs()).isEmpty();
    assertThat(names(request)).containsExactlyElementsOf(WEB.uris());
    var extensions = request.getRequestedExtensions();
    assertThat(extensions.getExtensionOIDs()).containsExactly(Extension.subjectAlternativeName);
    assertThat(extensions.getExtension(Extension.subjectAlternativeName).isCritical()).isTrue();
  }

  @Test
  void writesTheCommonNameAndDnsNamesThatAreAsked() throws Exception {
    var signer = new CertificateRequestSigner(KeyType.EC_P256, CryptoProvider.best());

    var request =
        read(signer.sign(request(Optional.of("web_1.mesh"), List.of("web.example.org", "*.web"))));

    assertThat(request.getSubject()).hasToString("CN=web_1.mesh");
    assertThat(names(request))
        .containsExactlyElementsOf(
            Stream.concat(WEB.uris().stream(), Stream.of("web.example.org", "*.web")).toList());
    assertThat(
            request
                .getRequestedExtensions()
                .getExtension(Extension.subjectAlternativeName)
                .isCritical())
        .isFalse();
  }

  @Test
  void makesAFreshKeyEachTime() {
    var signer = new CertificateRequestSigner(KeyType.EC_P256, CryptoProvider.best());

    assertThat(signer.sign(request(Optional.empty(), List.of())).csrPem())
        .isNotEqualTo(signer.sign(request(Optional.empty(), List.of())).csrPem());
  }

  @Test
  void printsNoKey() {
    var signer = new CertificateRequestSigner(KeyType.EC_P256, CryptoProvider.best());

    var request = signer.sign(request(Optional.empty(), List.of()));

    assertThat(request.toString()).doesNotContain("BEGIN");
    assertThat(request.csrPem()).doesNotContain("PRIVATE KEY");
  }

  @Test
  void refusesANameThatNoCertificateMayCarry() {
    var signer = new CertificateRequestSigner(KeyType.EC_P256, CryptoProvider.best());
    var odd = new DataplaneIdentity(WEB.id(), WEB.form(), List.of("spiffe://default/w\0b"));

    assertThatThrownBy(
            () ->
                signer.sign(new LeafRequest(odd, Duration.ofHours(1), Optional.empty(), List.of())))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("visible ASCII");
  }

  private static LeafRequest request(Optional<String> commonName, List<String> dnsNames) {
    return new LeafRequest(WEB, Duration.ofHours(1), commonName, dnsNames);
  }

  private static PKCS10CertificationRequest read(SigningRequest request) throws Exception {
    try (var parser = new PEMParser(new StringReader(request.csrPem()))) {
      return (PKCS10CertificationRequest) parser.readObject();
    }
  }

  private static List<String> names(PKCS10CertificationRequest request) {
    return Arrays.stream(
            GeneralNames.fromExtensions(
                    request.getRequestedExtensions(), Extension.subjectAlternativeName)
                .getNames())
        .map(name -> name.getName().toString())
        .toList();
  }
}
