package dev.meshseal.ca.provided;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meshseal.testing.FakeClock;
import dev.meshseal.x509.TestCa;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** Every pair that is refused, with all that it is told. */
class ProvidedPairTest {
  private static final Instant NOON = FakeClock.NOON;

  /** What somebody gave, and every violation that this is. */
  record Refused(String name, String cert, String key, List<String> violations) {
    static Refused of(String name, TestCa ca, String... violations) {
      return new Refused(name, ca.chainPem(), ca.keyPem(), List.of(violations));
    }

    @Override
    public String toString() {
      return name;
    }
  }

  private static final TestCa ROOT = TestCa.named("Root").root();
  private static final TestCa OTHER = TestCa.named("Other").root();
  private static final TestCa RSA_ROOT = TestCa.named("Root").key("2048").root();
  private static final TestCa ISSUING = TestCa.named("Issuing").under(ROOT);
  private static final TestCa LEAF = TestCa.named("web").leaf().under(ISSUING);

  static final List<Refused> REFUSED =
      List.of(
          new Refused(
              "nothing",
              "",
              "",
              List.of(
                  "conf.cert: has no PEM certificate; it starts with -----BEGIN CERTIFICATE",
                  "conf.key: has no PEM private key; it starts with -----BEGIN PRIVATE KEY")),
          new Refused(
              "the two exchanged",
              ROOT.keyPem(),
              ROOT.certificatePem(),
              List.of(
                  "conf.cert: has a PEM block 'PRIVATE KEY' where only certificates belong",
                  "conf.key: has a PEM block 'CERTIFICATE' where a private key belongs")),
          new Refused(
              "a certificate cut in the middle",
              ROOT.certificatePem().substring(0, 200),
              ROOT.keyPem(),
              List.of("conf.cert: has no END line for the 'CERTIFICATE' that begins at line 1")),
          new Refused(
              "an encrypted key",
              ROOT.certificatePem(),
              "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n",
              List.of(
                  "conf.key: has an encrypted private key; decrypt it first, as with: openssl pkey -in KEY")),
          new Refused(
              "a key encrypted in the old way",
              ROOT.certificatePem(),
              "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA\n-----END EC PRIVATE KEY-----\n",
              List.of(
                  "conf.key: has an encrypted private key; decrypt it first, as with: openssl pkey -in KEY")),
          new Refused(
              "a key of another certificate",
              ROOT.certificatePem(),
              OTHER.keyPem(),
              List.of(
                  "conf.key: has a key of type EC that does not belong to conf.cert[0] 'CN=Root', which has another key of type EC P-256; give the key of that certificate")),
          new Refused(
              "a key of another type",
              RSA_ROOT.certificatePem(),
              OTHER.keyPem(),
              List.of(
                  "conf.key: has a key of type EC that does not belong to conf.cert[0] 'CN=Root', which has another key of type RSA 2048; give the key of that certificate")),
          new Refused(
              "the key of the root above",
              ISSUING.chainPem(),
              ROOT.keyPem(),
              List.of(
                  "conf.key: belongs to conf.cert[1] 'CN=Root', but leaves are signed by conf.cert[0] 'CN=Issuing'; give the key of that certificate")),
          Refused.of(
              "no CA",
              TestCa.named("Root").withoutCaFlag().root(),
              "conf.cert[0]: 'CN=Root' is no CA: basic constraint 'CA' is not true; have it issued again with CA:TRUE"),
          Refused.of(
              "no keyCertSign",
              TestCa.named("Root").digitalSignatureOnly().root(),
              "conf.cert[0]: 'CN=Root' may not sign certificates: its key usages are [digitalSignature]; have it issued again with keyCertSign"),
          Refused.of(
              "no key usage",
              TestCa.named("Root").withoutKeyUsage().root(),
              "conf.cert[0]: 'CN=Root' may not sign certificates: its key usages are []; have it issued again with keyCertSign"),
          Refused.of(
              "keyAgreement",
              TestCa.named("Root").keyAgreementToo().root(),
              "conf.cert[0]: 'CN=Root' has key usage keyAgreement, which no CA may have: its key usages are [keyAgreement, keyCertSign, cRLSign]; have it issued again without"),
          Refused.of(
              "extended key usage of servers alone",
              TestCa.named("Root").forServersOnly().root(),
              "conf.cert[0]: 'CN=Root' has extended key usages [1.3.6.1.5.5.7.3.1], but proxies need serverAuth (1.3.6.1.5.5.7.3.1) and clientAuth (1.3.6.1.5.5.7.3.2); have it issued again with both, or with none"),
          Refused.of(
              "an unknown critical extension",
              TestCa.named("Root").criticalExtension("1.2.3.4").root(),
              "conf.cert[0]: 'CN=Root' has critical extensions that peers do not know, [1.2.3.4]; have it issued again without"),
          Refused.of(
              "expired",
              TestCa.named("Root").notAfter(NOON.minusSeconds(1)).root(),
              "conf.cert[0]: 'CN=Root' ended at 2026-11-24T11:59:59Z, and it is 2026-11-24T12:00:00Z now; renew it"),
          Refused.of(
              "not yet valid",
              TestCa.named("Root").notBefore(NOON.plusSeconds(1)).root(),
              "conf.cert[0]: 'CN=Root' begins at 2026-11-24T12:00:01Z, and it is 2026-11-24T12:00:00Z now; wait, or set the clock"),
          Refused.of(
              "about to end",
              TestCa.named("Root").notAfter(NOON.plusSeconds(5)).root(),
              "conf.cert: cannot issue any more: its certificate ends at 2026-11-24T12:00:05Z, and it is 2026-11-24T12:00:00Z now; renew the CA"),
          Refused.of(
              "an expired root above",
              TestCa.named("Issuing")
                  .under(TestCa.named("Root").notAfter(NOON.minusSeconds(1)).root()),
              "conf.cert[1]: 'CN=Root' ended at 2026-11-24T11:59:59Z, and it is 2026-11-24T12:00:00Z now; renew it"),
          new Refused(
              "a chain with a gap",
              ISSUING.certificatePem() + OTHER.certificatePem(),
              ISSUING.keyPem(),
              List.of(
                  "conf.cert[0]: 'CN=Issuing' is issued by 'CN=Root', but the next certificate is 'CN=Other' and did not sign it; order the chain from the CA that signs leaves up to the root")),
          Refused.of(
              "an issuer of the right name and another key",
              TestCa.named("Issuing").under("CN=Root", new TestCa(ROOT.chain(), OTHER.pair())),
              "conf.cert[0]: 'CN=Issuing' is issued by 'CN=Root', but the next certificate is 'CN=Root' and did not sign it; order the chain from the CA that signs leaves up to the root"),
          Refused.of(
              "a root that it did not sign itself",
              new TestCa(
                  List.of(
                      TestCa.named("Root").key(ROOT.pair()).under("CN=Root", OTHER).certificate()),
                  ROOT.pair()),
              "conf.cert[0]: 'CN=Root' names itself as its issuer, but is not signed with its own key; give the root itself, or leave it out"),
          new Refused(
              "a second root",
              ROOT.certificatePem() + OTHER.certificatePem(),
              ROOT.keyPem(),
              List.of(
                  "conf.cert[0]: 'CN=Root' is a root, but has 1 certificates after it; put it last, and leave out what is not below it")),
          new Refused(
              "the chain upside down",
              ROOT.certificatePem() + ISSUING.certificatePem(),
              ISSUING.keyPem(),
              List.of(
                  "conf.cert: is upside down: it begins with 'CN=Root' and ends with 'CN=Issuing'; put the certificate that signs leaves first and the root last")),
          new Refused(
              "a leaf at the front",
              LEAF.chainPem(),
              LEAF.keyPem(),
              List.of(
                  "conf.cert[0]: 'CN=web' is a leaf, and its issuer 'CN=Issuing' comes after it; remove the leaf, so that the CA comes first, and give the key of that CA",
                  "conf.key: belongs to conf.cert[0] 'CN=web', but leaves are signed by conf.cert[1] 'CN=Issuing'; give the key of that certificate")),
          new Refused(
              "a leaf alone",
              LEAF.certificatePem(),
              LEAF.keyPem(),
              List.of(
                  "conf.cert[0]: 'CN=web' is no CA: basic constraint 'CA' is not true; have it issued again with CA:TRUE",
                  "conf.cert[0]: 'CN=web' may not sign certificates: its key usages are [digitalSignature]; have it issued again with keyCertSign")),
          new Refused(
              "a certificate twice",
              ISSUING.certificatePem() + ISSUING.chainPem(),
              ISSUING.keyPem(),
              List.of(
                  "conf.cert[1]: 'CN=Issuing' is the same certificate as conf.cert[0]; remove one of them")),
          Refused.of(
              "a path longer than the root allows",
              TestCa.named("Issuing").under(TestCa.named("Root").pathLength(0).root()),
              "conf.cert[1]: 'CN=Root' allows 0 CAs below it (pathLenConstraint), but the chain has 1; have it issued again with a greater number, or issue with a CA further up"),
          Refused.of(
              "constraints that permit another trust domain",
              TestCa.named("Issuing").under(TestCa.named("Root").permitsUris("example.org").root()),
              "conf.cert[1]: 'CN=Root' has name constraints that refuse 'spiffe://default/web': permitted are [example.org], excluded are []; have it issued again with names that fit the mesh"),
          Refused.of(
              "constraints that exclude the trust domain",
              TestCa.named("Root").excludesUris("default").root(),
              "conf.cert[0]: 'CN=Root' has name constraints that refuse 'spiffe://default/web': permitted are [], excluded are [default]; have it issued again with names that fit the mesh"),
          Refused.of(
              "constraints that refuse the CA below",
              TestCa.named("Issuing").under(TestCa.named("Root").permitsDirectory("O=Us").root()),
              "conf.cert[1]: 'CN=Root' has name constraints that refuse 'CN=Issuing': permitted are [O=Us], excluded are []; have it issued again with names that fit the mesh"),
          Refused.of(
              "policies required",
              TestCa.named("Issuing").under(TestCa.named("Root").requiresPolicies().root()),
              "conf.cert: signs leaves that peers refuse: the constraints of its issuers refuse it: non-null policy tree required and policy tree is null; have the CA issued again without that"),
          Refused.of(
              "a short RSA key",
              TestCa.named("Root").key("1024").root(),
              "conf.cert[0]: 'CN=Root' has an RSA key of 1024 bits; it must be 2048 to 8192"),
          Refused.of(
              "a key that no proxy takes",
              TestCa.named("Root").key("Ed25519").root(),
              "conf.key: has a private key of type 1.3.101.112; it must be EC or RSA",
              "conf.cert[0]: 'CN=Root' has a key of type EdDSA; it must be EC or RSA"),
          Refused.of(
              "a curve that no proxy takes",
              TestCa.named("Root").key("secp256k1").root(),
              "conf.cert[0]: 'CN=Root' has an EC key on a curve other than P-256, P-384 and P-521"),
          Refused.of(
              "signed with PSS over SHA-1",
              TestCa.named("Issuing").signed("SHA1withRSAandMGF1").under(RSA_ROOT),
              "conf.cert[0]: 'CN=Issuing' is signed with RSASSA-PSS, which peers refuse; have it issued again with SHA-256"),
          Refused.of(
              "signed with SHA-1",
              TestCa.named("Issuing").signed("SHA1withRSA").under(RSA_ROOT),
              "conf.cert[0]: 'CN=Issuing' is signed with SHA1withRSA, which peers refuse; have it issued again with SHA-256"),
          Refused.of(
              "signed with MD5",
              TestCa.named("Issuing").signed("MD5withRSA").under(RSA_ROOT),
              "conf.cert[0]: 'CN=Issuing' is signed with MD5withRSA, which peers refuse; have it issued again with SHA-256"),
          Refused.of(
              "wrong in many things at once",
              TestCa.named("Issuing")
                  .keyAgreementToo()
                  .under(TestCa.named("Root").pathLength(0).notAfter(NOON.minusSeconds(1)).root()),
              "conf.cert[0]: 'CN=Issuing' has key usage keyAgreement, which no CA may have: its key usages are [keyAgreement, keyCertSign, cRLSign]; have it issued again without",
              "conf.cert[1]: 'CN=Root' allows 0 CAs below it (pathLenConstraint), but the chain has 1; have it issued again with a greater number, or issue with a CA further up",
              "conf.cert[1]: 'CN=Root' ended at 2026-11-24T11:59:59Z, and it is 2026-11-24T12:00:00Z now; renew it"));

  @ParameterizedTest
  @FieldSource("REFUSED")
  void saysEverythingThatIsWrong(Refused refused) {
    var violations = violations(refused.cert(), refused.key(), "default");

    assertThat(violations).containsExactlyElementsOf(refused.violations());
  }

  @ParameterizedTest
  @FieldSource("REFUSED")
  void quotesNothingOfTheKey(Refused refused) {
    var violations = violations(refused.cert(), refused.key(), "default");

    var secret = refused.key().lines().filter(line -> line.length() == 64).toList();
    assertThat(secret).noneMatch(String.join("\n", violations)::contains);
  }

  @Test
  void findsNothingWrongWithAGoodPair() {
    assertThat(violations(ISSUING.chainPem(), ISSUING.keyPem(), "default")).isEmpty();
    assertThat(violations(ISSUING.certificatePem(), ISSUING.keyPem(), "default")).isEmpty();
    assertThat(violations(RSA_ROOT.chainPem(), RSA_ROOT.keyPem(), "default")).isEmpty();
  }

  @Test
  void takesARootThatIsSignedWithSha1SinceNobodyChecksThatSignature() {
    var old = TestCa.named("Root").key("2048").signed("SHA1withRSA").root();

    assertThat(violations(old.chainPem(), old.keyPem(), "default")).isEmpty();
  }

  @Test
  void takesACaThatIsSignedWithPssAsBoringSslDoes() {
    for (var algorithm : List.of("SHA256withRSAandMGF1", "SHA384withRSAandMGF1")) {
      var issuing = TestCa.named("Issuing").signed(algorithm).under(RSA_ROOT);

      assertThat(violations(issuing.chainPem(), issuing.keyPem(), "default")).isEmpty();
    }
  }

  @Test
  void goesByTheTrustDomainAndNotByTheMesh() {
    var constrained = TestCa.named("Root").permitsUris("cluster.local").root();

    assertThat(violations(constrained.chainPem(), constrained.keyPem(), "cluster.local")).isEmpty();
    assertThat(violations(constrained.chainPem(), constrained.keyPem(), "default")).hasSize(1);
  }

  @Test
  void refusesUriConstraintsWhereTheTrustDomainIsNoHostName() {
    var constrained = TestCa.named("Root").excludesUris("example.org").root();

    assertThat(violations(constrained.chainPem(), constrained.keyPem(), "my_mesh"))
        .singleElement()
        .asString()
        .contains("the URI constraints of its issuers cannot be applied to its names");
  }

  private static List<String> violations(String cert, String key, String trustDomain) {
    return ProvidedCa.violations(bytes(cert), bytes(key), trustDomain, NOON).stream()
        .map(Object::toString)
        .toList();
  }

  private static byte[] bytes(String pem) {
    return pem.getBytes(StandardCharsets.US_ASCII);
  }
}
