package dev.meshseal.x509;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.meshseal.identity.DataplaneIdentity;
import dev.meshseal.testing.FakeClock;
import dev.meshseal.testing.Identities;
import dev.meshseal.x509.KeyType.Curve;
import dev.meshseal.x509.TestChains.PublicSigner;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERIA5String;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.GeneralSubtree;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.NameConstraints;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CertificateCheckTest {
  private static final Instant NOW = FakeClock.NOON;
  private static final Duration DAY = Duration.ofHours(24);
  private static final Duration YEAR = Duration.ofDays(365);
  private static final DataplaneIdentity WEB = Identities.kuma(1);
  private static final CryptoProvider CRYPTO = CryptoProvider.best();

  private final CertificateCheck check = new CertificateCheck(CRYPTO);
  private final IssuingCa ca = ca(KeyType.EC_P256);

  static Stream<CryptoProvider> providers() {
    return Stream.of(CryptoProvider.best(), CryptoProvider.jdk());
  }

  @ParameterizedTest
  @MethodSource("providers")
  void acceptsWhatWeSignWithEveryKindOfKey(CryptoProvider crypto) {
    for (var caKey : List.of(KeyType.EC_P256, new KeyType.Ec(Curve.P_384), KeyType.RSA_2048)) {
      for (var leafKey : List.of(KeyType.EC_P256, new KeyType.Ec(Curve.P_384), KeyType.RSA_2048)) {
        var authority = ca(caKey);
        var signed = new CertificateSigner(authority, leafKey, crypto).sign(WEB, DAY, NOW);

        assertThatCode(
                () ->
                    new CertificateCheck(crypto)
                        .requireLeafFor(WEB, signed, authority.trustBundle(), DAY, NOW))
            .as("%s leaf of a %s authority", leafKey, caKey)
            .doesNotThrowAnyException();
      }
    }
  }

  @ParameterizedTest
  @MethodSource("providers")
  void refusesAKeyThatIsNotTheLeafs(CryptoProvider crypto) {
    for (var leafKey : List.of(KeyType.EC_P256, new KeyType.Ec(Curve.P_384), KeyType.RSA_2048)) {
      var signer = new CertificateSigner(ca, leafKey, crypto);
      var one = signer.sign(WEB, DAY, NOW);
      var swapped = withKey(one, signer.sign(WEB, DAY, NOW).privateKeyPem());

      assertThatThrownBy(
              () ->
                  new CertificateCheck(crypto)
                      .requireLeafFor(WEB, swapped, ca.trustBundle(), DAY, NOW))
          .as("%s leaf", leafKey)
          .hasMessageContaining("its private key does not belong to it");
    }
  }

  @Test
  void refusesAChainForAnotherDataplane() {
    var signed = sign(Identities.kuma(2));

    assertThatThrownBy(() -> require(signed))
        .isInstanceOf(CertificateCheckException.class)
        .hasMessageContaining("data plane 'default/web-1'")
        .hasMessageContaining("URI:spiffe://default/web-2")
        .hasMessageContaining("URI:spiffe://default/web-1");
  }

  @Test
  void refusesANameTooManyAndANameTooFew() {
    var more =
        new DataplaneIdentity(
            WEB.id(), WEB.form(), Stream.concat(WEB.uris().stream(), Stream.of("a://b")).toList());
    var fewer = new DataplaneIdentity(WEB.id(), WEB.form(), WEB.uris().subList(0, 1));

    assertThat(problems(sign(more))).singleElement().asString().contains("URI:a://b");
    assertThat(problems(sign(fewer))).singleElement().asString().contains("its names are");
  }

  @Test
  void acceptsTheNamesInAnotherOrder() {
    var reversed = new DataplaneIdentity(WEB.id(), WEB.form(), WEB.uris().reversed());

    assertThatCode(() -> require(sign(reversed))).doesNotThrowAnyException();
  }

  @Test
  void refusesANameOfAnotherKind() {
    var dns = new GeneralName(GeneralName.dNSName, "evil.example");

    var problems = problems(forged(usages().with(names(dns))));

    assertThat(problems).singleElement().asString().contains("DNS:evil.example");
  }

  @Test
  void refusesANameWithANulAndShowsItWithoutOne() {
    var odd =
        new GeneralNames(new GeneralName(6, new DERIA5String("spiffe://default/web-1\0.evil")));
    var pair = pair();
    var asCritical =
        usages()
            .with(e -> e.addExtension(Extension.subjectAlternativeName, true, odd))
            .encode(pair, PublicSigner.of(ca));
    var asOrdinary =
        usages()
            .subject("CN=odd")
            .with(e -> e.addExtension(Extension.subjectAlternativeName, false, odd));

    assertThat(problems(withChain(sign(WEB), Pem.encode("CERTIFICATE", asCritical))))
        .singleElement()
        .asString()
        .contains("web-1?.evil");
    assertThat(problems(forged(asOrdinary)))
        .anySatisfy(problem -> assertThat(problem).contains("URI:spiffe://default/web-1?.evil"));
  }

  @Test
  void refusesASubjectThatWasNotAskedForAndAcceptsTheOneThatWas() {
    var named = forged(usages().with(names()).subject("CN=web"));

    assertThat(problems(named)).containsExactly("its subject is 'CN=web', asked was ''");
    assertThatCode(
            () ->
                check.requireLeafFor(
                    new LeafRequest(WEB, DAY, Optional.of("web"), List.of()),
                    named,
                    ca.trustBundle(),
                    NOW))
        .doesNotThrowAnyException();
  }

  @Test
  void acceptsDnsNamesThatWereAskedFor() {
    var dns = new GeneralName(GeneralName.dNSName, "web.example");
    var named = forged(usages().with(names(dns)));

    assertThatCode(
            () ->
                check.requireLeafFor(
                    new LeafRequest(WEB, DAY, Optional.empty(), List.of("web.example")),
                    named,
                    ca.trustBundle(),
                    NOW))
        .doesNotThrowAnyException();
  }

  @Test
  void refusesWhatHasEndedAndWhatLivesLongerThanAskedAndWhatIsFromTheFuture() {
    var ended = signer().sign(WEB, Duration.ofMinutes(1), NOW.minus(DAY));
    var longer = signer().sign(WEB, DAY.plusSeconds(61), NOW);
    var future = signer().sign(WEB, DAY.minusHours(1), NOW.plus(Duration.ofMinutes(6)));

    assertThat(problems(ended)).anySatisfy(p -> assertThat(p).startsWith("it ended at"));
    assertThat(problems(longer)).anySatisfy(p -> assertThat(p).startsWith("it ends at"));
    assertThat(problems(future)).anySatisfy(p -> assertThat(p).startsWith("it begins at"));
  }

  @Test
  void toleratesAMinuteMore() {
    assertThatCode(() -> require(signer().sign(WEB, DAY.plusSeconds(60), NOW)))
        .doesNotThrowAnyException();
  }

  @Test
  void refusesACertificateWithWhichTheProxyCouldIssue() {
    var asCa =
        valid()
            .with(names())
            .with(e -> e.addExtension(Extension.basicConstraints, true, new BasicConstraints(true)))
            .with(purposes(KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth))
            .with(keyUsage(KeyUsage.digitalSignature | KeyUsage.keyCertSign));

    assertThat(problems(forged(asCa)))
        .contains(
            "it is a CA, asked was a leaf",
            "its key usage has keyCertSign, which only a CA may have");
  }

  @Test
  void refusesUsagesThatServeOneDirectionOnly() {
    var serverOnly =
        valid()
            .with(names())
            .with(purposes(KeyPurposeId.id_kp_serverAuth))
            .with(keyUsage(KeyUsage.keyEncipherment));

    assertThat(problems(forged(serverOnly)))
        .hasSize(2)
        .anySatisfy(problem -> assertThat(problem).contains("clientAuth"))
        .anySatisfy(problem -> assertThat(problem).contains("digitalSignature"));
  }

  @Test
  void refusesACriticalExtensionThatPeersDoNotKnow() {
    var unknown = new ASN1ObjectIdentifier("1.2.3.4.5");
    var odd = usages().with(names()).with(e -> e.addExtension(unknown, true, new byte[] {5, 0}));

    assertThat(problems(forged(odd)))
        .containsExactly("it has critical extensions that peers do not know: [1.2.3.4.5]");
  }

  @Test
  void refusesAnAuthorityThatIsNotInTheBundle() {
    var foreign = new CertificateSigner(ca(KeyType.EC_P256), KeyType.EC_P256, CRYPTO);

    assertThat(problems(foreign.sign(WEB, DAY, NOW)))
        .singleElement()
        .asString()
        .contains("not among the roots of the bundle");
  }

  @Test
  void refusesASignatureOfAnotherKeyUnderTheRightName() {
    var pair = pair();
    var impostor = PublicSigner.of(ca(KeyType.EC_P256));
    var forged = identity(usages().with(names()).sign(pair, impostor), pair);

    assertThat(problems(forged)).singleElement().asString().startsWith("its signature is not that");
  }

  @Test
  void refusesAChangedOctetInTheSignedPart() {
    var signed = sign(WEB);
    var der = Pem.encoded(leaf(signed));
    der[60] ^= 1;

    assertThatThrownBy(() -> require(withChain(signed, Pem.encode("CERTIFICATE", der))))
        .isInstanceOf(CertificateCheckException.class);
  }

  @Test
  void acceptsALeafUnderAnIntermediateAndRefusesItWithoutTheIntermediate() {
    var intermediate = ca.createIntermediate(profile(KeyType.EC_P256), CRYPTO, NOW);
    var signed = new CertificateSigner(intermediate, KeyType.EC_P256, CRYPTO).sign(WEB, DAY, NOW);

    var alone = withChain(signed, Pem.certificate(leaf(signed)));

    assertThatCode(() -> require(signed)).doesNotThrowAnyException();
    assertThat(problems(alone)).singleElement().asString().contains("its chain ends at issuer");
  }

  @Test
  void acceptsATrustedIntermediateAsAnAnchor() {
    var intermediate = ca.createIntermediate(profile(KeyType.EC_P256), CRYPTO, NOW);
    var signed = new CertificateSigner(intermediate, KeyType.EC_P256, CRYPTO).sign(WEB, DAY, NOW);
    var anchor = TrustBundle.of(intermediate.certificate());

    assertThatCode(() -> check.requireLeafFor(WEB, signed, anchor, DAY, NOW))
        .doesNotThrowAnyException();
  }

  @Test
  void refusesARootServedWithTheLeaf() {
    var signed = sign(WEB);

    var withRoot = withChain(signed, signed.chainPem() + ca.certificatePem());

    assertThat(problems(withRoot))
        .singleElement()
        .asString()
        .contains("belongs in the bundle alone");
  }

  @Test
  void refusesAnIssuerThatIsNoAuthority() {
    var pair = pair();
    var noAuthority = issuerCertificate(pair, new BasicConstraints(false), DAY.plus(DAY));

    var forged = forgedUnder(new IssuingCa(List.of(noAuthority), pair.getPrivate()));

    assertThat(problems(forged)).anySatisfy(p -> assertThat(p).contains("is no CA"));
  }

  @Test
  void refusesAnIssuerBelowOneThatAllowsNone() {
    var pathLengthZero = ca.createIntermediate(profile(KeyType.EC_P256), CRYPTO, NOW);
    var tooDeep = pathLengthZero.createIntermediate(profile(KeyType.EC_P256), CRYPTO, NOW);

    var signed = new CertificateSigner(tooDeep, KeyType.EC_P256, CRYPTO).sign(WEB, DAY, NOW);

    assertThat(problems(signed)).anySatisfy(p -> assertThat(p).contains("pathLenConstraint"));
  }

  @Test
  void refusesALeafThatOutlivesItsIssuer() {
    var pair = pair();
    var shortLived = issuerCertificate(pair, new BasicConstraints(true), Duration.ofHours(1));

    var forged = forgedUnder(new IssuingCa(List.of(shortLived), pair.getPrivate()));

    assertThat(problems(forged)).anySatisfy(p -> assertThat(p).contains("after its issuers"));
  }

  @Test
  void noticesThatAnIssuerEndedThoughItWasGoodBefore() {
    var shortCa = IssuingCa.create(profileFor(Duration.ofHours(2)), CRYPTO, NOW);
    var signed = new CertificateSigner(shortCa, KeyType.EC_P256, CRYPTO).sign(WEB, DAY, NOW);
    check.requireLeafFor(WEB, signed, shortCa.trustBundle(), DAY, NOW);
    var later = NOW.plus(Duration.ofHours(3));

    assertThatThrownBy(() -> check.requireLeafFor(WEB, signed, shortCa.trustBundle(), DAY, later))
        .hasMessageContaining("its issuer")
        .hasMessageContaining("ended at");
  }

  @Test
  void choosesAmongTwoRootsOfOneName() {
    var twin = twinOf(ca);

    assertThatCode(
            () ->
                check.requireLeafFor(
                    WEB, sign(WEB), TrustBundle.of(List.of(twin, ca.certificate())), DAY, NOW))
        .doesNotThrowAnyException();
  }

  @Test
  void refusesNamesThatAnIssuersConstraintsExclude() {
    var inside = constrainedTo("default");
    var outside = constrainedTo("elsewhere");
    var spiffe = Identities.svid(1);

    assertThatCode(
            () -> check.requireLeafFor(spiffe, under(inside, spiffe), ca.trustBundle(), DAY, NOW))
        .doesNotThrowAnyException();
    assertThatThrownBy(
            () -> check.requireLeafFor(spiffe, under(outside, spiffe), ca.trustBundle(), DAY, NOW))
        .hasMessageContaining("constraints of its issuers refuse it");
  }

  @Test
  void refusesADescriptionThatIsNotOfTheLeaf() {
    var signed = sign(WEB);
    var lying =
        new IdentityCertificate(
            signed.chainPem(),
            signed.privateKeyPem(),
            signed.serial(),
            signed.notBefore(),
            signed.expiresAt().plus(YEAR),
            signed.issuer());

    assertThat(problems(lying)).singleElement().asString().contains("is described as serial");
  }

  @Test
  void tellsAllReasonsAtOnceAndNoKey() {
    var one = signer().sign(Identities.kuma(2), DAY.plus(DAY), NOW);
    var wrong = withKey(one, sign(WEB).privateKeyPem());

    assertThat(problems(wrong)).hasSize(3);
    assertThatThrownBy(() -> require(wrong))
        .satisfies(refused -> assertThat(refused.toString()).doesNotContain("BEGIN"));
  }

  @Test
  void refusesTextThatIsNoCertificateWithASentence() {
    var signed = sign(WEB);
    for (var text : List.of("", "hello", "-----BEGIN CERTIFICATE-----\nMIIB")) {
      assertThatThrownBy(() -> require(withChain(signed, text)))
          .isInstanceOf(CertificateCheckException.class);
    }
    assertThatThrownBy(() -> require(withKey(signed, "no key")))
        .hasMessageContaining("has no private key in PKCS#8");
  }

  @Test
  void everyCutOrChangedOctetOfAChainIsRefusedAndNothingElseIsThrown() {
    var signed = sign(WEB);
    var der = Pem.encoded(leaf(signed));

    for (int i = 0; i < der.length; i++) {
      var changed = der.clone();
      changed[i] ^= 0x55;
      var damaged = withChain(signed, Pem.encode("CERTIFICATE", changed));
      var cut = withChain(signed, Pem.encode("CERTIFICATE", Arrays.copyOf(der, i)));
      assertThatThrownBy(() -> require(damaged)).isInstanceOf(CertificateCheckException.class);
      assertThatThrownBy(() -> require(cut)).isInstanceOf(CertificateCheckException.class);
    }
  }

  private static TestChains.Extending names(GeneralName... more) {
    var all =
        Stream.concat(
                WEB.uris().stream()
                    .map(uri -> new GeneralName(GeneralName.uniformResourceIdentifier, uri)),
                Arrays.stream(more))
            .toArray(GeneralName[]::new);
    return onlyNames(all);
  }

  private static TestChains.Extending onlyNames(GeneralName... names) {
    return e -> e.addExtension(Extension.subjectAlternativeName, true, new GeneralNames(names));
  }

  private static TestChains.Extending purposes(KeyPurposeId... purposes) {
    return e -> e.addExtension(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(purposes));
  }

  private static TestChains.Extending keyUsage(int bits) {
    return e -> e.addExtension(Extension.keyUsage, true, new KeyUsage(bits));
  }

  private TestChains valid() {
    return TestChains.valid(NOW.minusSeconds(10), NOW.plus(DAY))
        .issuer(TestChains.name(ca.certificate()));
  }

  /** Usages as they should be, and no names yet. */
  private TestChains usages() {
    return valid()
        .with(purposes(KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth))
        .with(keyUsage(KeyUsage.digitalSignature));
  }

  private IdentityCertificate forged(TestChains leaf) {
    var pair = pair();
    return identity(leaf.sign(pair, PublicSigner.of(ca)), pair);
  }

  private IdentityCertificate forgedUnder(IssuingCa issuer) {
    var pair = pair();
    var leaf =
        usages()
            .with(names())
            .issuer(TestChains.name(issuer.certificate()))
            .sign(pair, PublicSigner.of(issuer));
    var alone = identity(leaf, pair);
    return withChain(alone, alone.chainPem() + issuer.certificatePem());
  }

  private X509Certificate issuerCertificate(
      KeyPair pair, BasicConstraints constraints, Duration lifetime) {
    return TestChains.valid(NOW.minusSeconds(10), NOW.plus(lifetime))
        .issuer(TestChains.name(ca.certificate()))
        .subject("CN=intermediate")
        .with(e -> e.addExtension(Extension.basicConstraints, true, constraints))
        .with(keyUsage(KeyUsage.keyCertSign))
        .sign(pair, PublicSigner.of(ca));
  }

  private IssuingCa constrainedTo(String host) {
    var pair = pair();
    var permitted =
        new GeneralSubtree[] {
          new GeneralSubtree(new GeneralName(GeneralName.uniformResourceIdentifier, host))
        };
    var certificate =
        TestChains.valid(NOW.minusSeconds(10), NOW.plus(Duration.ofDays(30)))
            .issuer(TestChains.name(ca.certificate()))
            .subject("CN=constrained")
            .with(e -> e.addExtension(Extension.basicConstraints, true, new BasicConstraints(0)))
            .with(keyUsage(KeyUsage.keyCertSign))
            .with(
                e ->
                    e.addExtension(
                        Extension.nameConstraints, true, new NameConstraints(permitted, null)))
            .sign(pair, PublicSigner.of(ca));
    return new IssuingCa(List.of(certificate, ca.certificate()), pair.getPrivate());
  }

  private static IdentityCertificate under(IssuingCa issuer, DataplaneIdentity identity) {
    return new CertificateSigner(issuer, KeyType.EC_P256, CRYPTO).sign(identity, DAY, NOW);
  }

  private static X509Certificate twinOf(IssuingCa ca) {
    var pair = pair();
    return TestChains.valid(NOW.minusSeconds(10), NOW.plus(YEAR))
        .issuer(TestChains.name(ca.certificate()))
        .subject(TestChains.name(ca.certificate()).toString())
        .with(e -> e.addExtension(Extension.basicConstraints, true, new BasicConstraints(true)))
        .with(keyUsage(KeyUsage.keyCertSign))
        .sign(pair, new PublicSigner(SignatureAlgorithm.SHA256_WITH_ECDSA, pair.getPrivate()));
  }

  private static IdentityCertificate identity(X509Certificate leaf, KeyPair pair) {
    return new IdentityCertificate(
        Pem.certificate(leaf),
        EncodedKey.of(pair).privateKeyPem(),
        leaf.getSerialNumber().toString(16),
        leaf.getNotBefore().toInstant(),
        leaf.getNotAfter().toInstant(),
        "");
  }

  private static IdentityCertificate withKey(IdentityCertificate one, String keyPem) {
    return new IdentityCertificate(
        one.chainPem(), keyPem, one.serial(), one.notBefore(), one.expiresAt(), one.issuer());
  }

  private static IdentityCertificate withChain(IdentityCertificate one, String chainPem) {
    return new IdentityCertificate(
        chainPem,
        one.privateKeyPem(),
        one.serial(),
        one.notBefore(),
        one.expiresAt(),
        one.issuer());
  }

  private static KeyPair pair() {
    return CRYPTO.keyPairGenerator(KeyType.EC_P256).generateKeyPair();
  }

  private static X509Certificate leaf(IdentityCertificate signed) {
    return Pem.readCertificates(signed.chainPem().getBytes(StandardCharsets.US_ASCII)).getFirst();
  }

  private static IssuingCa ca(KeyType key) {
    return IssuingCa.create(profile(key), CRYPTO, NOW);
  }

  private static CaProfile profile(KeyType key) {
    return new CaProfile("default", "default", key, YEAR);
  }

  private static CaProfile profileFor(Duration lifetime) {
    return new CaProfile("default", "default", KeyType.EC_P256, lifetime);
  }

  private CertificateSigner signer() {
    return new CertificateSigner(ca, KeyType.EC_P256, CRYPTO);
  }

  private IdentityCertificate sign(DataplaneIdentity identity) {
    return signer().sign(identity, DAY, NOW);
  }

  private void require(IdentityCertificate certificate) {
    check.requireLeafFor(WEB, certificate, ca.trustBundle(), DAY, NOW);
  }

  private List<String> problems(IdentityCertificate certificate) {
    try {
      require(certificate);
      return List.of();
    } catch (CertificateCheckException refused) {
      return refused.problems();
    }
  }
}
