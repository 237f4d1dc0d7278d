package dev.meshseal.testing;

import dev.meshseal.x509.TestCa;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.math.BigInteger;
import java.security.PublicKey;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.pkcs.PKCS10CertificationRequest;
import org.bouncycastle.pkcs.PKCSException;

/** A certificate for a signing request, as another implementation makes it, to be bent in tests. */
public final class TestLeaf {
  private static final AtomicLong SERIALS = new AtomicLong(1_000);

  private final TestCa ca;
  private SubjectPublicKeyInfo key;
  private X500Name subject;
  private GeneralNames names;
  private boolean critical;
  private Instant notBefore;
  private Instant notAfter;
  private boolean isCa;
  private KeyPurposeId[] purposes = {KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth};

  private TestLeaf(PKCS10CertificationRequest csr, TestCa ca, Instant notBefore, Instant notAfter) {
    this.ca = ca;
    this.key = csr.getSubjectPublicKeyInfo();
    this.subject = csr.getSubject();
    var asked = csr.getRequestedExtensions();
    this.names = GeneralNames.fromExtensions(asked, Extension.subjectAlternativeName);
    this.critical = asked.getExtension(Extension.subjectAlternativeName).isCritical();
    this.notBefore = notBefore;
    this.notAfter = notAfter;
  }

  /** What was asked for; fails if the request is not signed with its own key. */
  public static TestLeaf of(String csrPem, TestCa ca, Instant notBefore, Instant notAfter) {
    try (var parser = new PEMParser(new StringReader(csrPem))) {
      var csr = (PKCS10CertificationRequest) parser.readObject();
      var verifier = new JcaContentVerifierProviderBuilder().build(csr.getSubjectPublicKeyInfo());
      if (!csr.isSignatureValid(verifier)) {
        throw new AssertionError("the request is not signed with its own key");
      }
      return new TestLeaf(csr, ca, notBefore, notAfter);
    } catch (IOException | OperatorCreationException | PKCSException unreadable) {
      throw new AssertionError(unreadable);
    }
  }

  public TestLeaf key(PublicKey other) {
    key = SubjectPublicKeyInfo.getInstance(other.getEncoded());
    return this;
  }

  public TestLeaf subject(String name) {
    subject = new X500Name(name);
    return this;
  }

  public TestLeaf uris(List<String> uris) {
    names =
        new GeneralNames(
            uris.stream()
                .map(uri -> new GeneralName(GeneralName.uniformResourceIdentifier, uri))
                .toArray(GeneralName[]::new));
    return this;
  }

  public TestLeaf notBefore(Instant instant) {
    notBefore = instant;
    return this;
  }

  public TestLeaf notAfter(Instant instant) {
    notAfter = instant;
    return this;
  }

  public TestLeaf ca() {
    isCa = true;
    return this;
  }

  public TestLeaf forClientsAlone() {
    purposes = new KeyPurposeId[] {KeyPurposeId.id_kp_clientAuth};
    return this;
  }

  /** Signed by the authority, PEM. */
  public String pem() {
    try {
      var builder =
          new X509v3CertificateBuilder(
              X500Name.getInstance(ca.certificate().getSubjectX500Principal().getEncoded()),
              BigInteger.valueOf(SERIALS.incrementAndGet()),
              Date.from(notBefore),
              Date.from(notAfter),
              subject,
              key);
      builder.addExtension(Extension.subjectAlternativeName, critical, names);
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(isCa));
      builder.addExtension(
          Extension.keyUsage,
          true,
          new KeyUsage(KeyUsage.digitalSignature | KeyUsage.keyEncipherment));
      builder.addExtension(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(purposes));
      return written(
          builder.build(new JcaContentSignerBuilder(algorithm()).build(ca.pair().getPrivate())));
    } catch (IOException | OperatorCreationException impossible) {
      throw new AssertionError(impossible);
    }
  }

  private String algorithm() {
    return ca.pair().getPrivate().getAlgorithm().equals("RSA")
        ? "SHA256withRSA"
        : "SHA256withECDSA";
  }

  private static String written(Object certificate) throws IOException {
    var text = new StringWriter();
    try (var writer = new JcaPEMWriter(text)) {
      writer.writeObject(certificate);
    }
    return text.toString();
  }
}
