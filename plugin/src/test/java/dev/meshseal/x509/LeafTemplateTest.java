package dev.meshseal.x509;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meshseal.x509.KeyType.Curve;
import dev.meshseal.x509.LeafTemplate.Purpose;
import java.io.IOException;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.AuthorityKeyIdentifier;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.SubjectKeyIdentifier;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.operator.ContentSigner;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class LeafTemplateTest {
  private static final Instant NOW = Instant.parse("2026-11-24T12:00:00Z");

  record Case(
      CryptoProvider crypto, KeyType caKey, KeyType leafKey, List<String> uris, Validity validity) {
    @Override
    public String toString() {
      return "%s leaf of a %s authority, %d names, until %s, by %s"
          .formatted(leafKey, caKey, uris.size(), validity.notAfter(), crypto);
    }
  }

  static Stream<Case> everyKindOfLeaf() {
    var many =
        IntStream.range(0, 40)
            .mapToObj(i -> "kuma://tag-" + i + "/value-" + "x".repeat(i))
            .toList();
    var day = Validity.from(NOW, Duration.ofHours(24));
    var acrossTheCentury = new Validity(NOW, Instant.parse("2050-01-01T00:00:00Z"));
    var lastWithTwoDigits = new Validity(NOW, Instant.parse("2049-12-31T23:59:59Z"));
    var longAfter =
        new Validity(Instant.parse("2055-02-28T23:59:59Z"), Instant.parse("9999-12-31T23:59:59Z"));
    var cases = new ArrayList<Case>();
    for (var crypto : List.of(CryptoProvider.best(), CryptoProvider.jdk())) {
      for (var caKey : List.of(KeyType.EC_P256, new KeyType.Ec(Curve.P_384), KeyType.RSA_2048)) {
        for (var leafKey : List.of(KeyType.EC_P256, KeyType.RSA_2048)) {
          cases.add(new Case(crypto, caKey, leafKey, List.of("spiffe://default/web"), day));
          cases.add(new Case(crypto, caKey, leafKey, many, acrossTheCentury));
        }
      }
      var leaf = List.of("spiffe://d/w", "kuma://a/b");
      cases.add(new Case(crypto, KeyType.EC_P256, KeyType.EC_P256, leaf, lastWithTwoDigits));
      cases.add(new Case(crypto, KeyType.EC_P256, KeyType.EC_P256, leaf, longAfter));
      cases.add(new Case(crypto, KeyType.EC_P256, new KeyType.Ec(Curve.P_384), leaf, longAfter));
    }
    return cases.stream();
  }

  @ParameterizedTest
  @MethodSource("everyKindOfLeaf")
  void encodesWhatBouncyCastleEncodes(Case leaf) throws IOException {
    var ca = IssuingCa.create(profile(leaf.caKey()), leaf.crypto(), NOW);
    var spki = leaf.crypto().keyPairGenerator(leaf.leafKey()).generateKeyPair().getPublic();
    var serial = new byte[16];
    new Random(leaf.toString().hashCode()).nextBytes(serial);
    serial[0] = 0x41;

    var template = new LeafTemplate(ca.certificate(), leaf.leafKey(), Purpose.PROXY);
    var encoded =
        template.toBeSigned(
            serial, leaf.validity(), spki.getEncoded(), SubjectNames.uris(leaf.uris()));

    assertThat(HexFormat.of().formatHex(encoded))
        .isEqualTo(HexFormat.of().formatHex(byBouncyCastle(ca, leaf, spki.getEncoded(), serial)));
  }

  private static CaProfile profile(KeyType key) {
    return new CaProfile("default", "default", key, Duration.ofDays(365));
  }

  private static byte[] byBouncyCastle(IssuingCa ca, Case leaf, byte[] spki, byte[] serial)
      throws IOException {
    var key = SubjectPublicKeyInfo.getInstance(spki);
    var usage =
        leaf.leafKey() instanceof KeyType.Rsa
            ? KeyUsage.digitalSignature | KeyUsage.keyEncipherment
            : KeyUsage.digitalSignature;
    var purposes =
        new KeyPurposeId[] {KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth};
    var names =
        leaf.uris().stream()
            .map(uri -> new GeneralName(GeneralName.uniformResourceIdentifier, uri))
            .toArray(GeneralName[]::new);
    var issuerKeyIdentifier = Extension.subjectKeyIdentifier.getId();
    var authority =
        SubjectKeyIdentifier.getInstance(
            org.bouncycastle.asn1.ASN1OctetString.getInstance(
                    ca.certificate().getExtensionValue(issuerKeyIdentifier))
                .getOctets());
    var builder =
        new X509v3CertificateBuilder(
                X500Name.getInstance(ca.certificate().getSubjectX500Principal().getEncoded()),
                new BigInteger(serial),
                Date.from(leaf.validity().notBefore()),
                Date.from(leaf.validity().notAfter()),
                new X500Name(new org.bouncycastle.asn1.x500.RDN[0]),
                key)
            .addExtension(Extension.keyUsage, true, new KeyUsage(usage))
            .addExtension(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(purposes))
            .addExtension(Extension.basicConstraints, true, new BasicConstraints(false))
            .addExtension(
                Extension.authorityKeyIdentifier,
                false,
                new AuthorityKeyIdentifier(authority.getKeyIdentifier()))
            .addExtension(
                Extension.subjectKeyIdentifier,
                false,
                new SubjectKeyIdentifier(KeyIdentifier.of(spki)))
            .addExtension(Extension.subjectAlternativeName, true, new GeneralNames(names));
    return builder.build(new Unsigned(ca)).toASN1Structure().getTBSCertificate().getEncoded("DER");
  }

  /** The algorithm that the provider's own table gives, without a signature. */
  private record Unsigned(IssuingCa ca) implements ContentSigner {
    @Override
    public AlgorithmIdentifier getAlgorithmIdentifier() {
      var name = SignatureAlgorithm.of(ca.certificate().getPublicKey()).standardName();
      return new org.bouncycastle.operator.DefaultSignatureAlgorithmIdentifierFinder().find(name);
    }

    @Override
    public java.io.OutputStream getOutputStream() {
      return java.io.OutputStream.nullOutputStream();
    }

    @Override
    public byte[] getSignature() {
      return new byte[8];
    }
  }
}
