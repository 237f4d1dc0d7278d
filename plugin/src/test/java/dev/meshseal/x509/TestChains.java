package dev.meshseal.x509;

import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Date;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.DERBitString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.ExtensionsGenerator;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.asn1.x509.Time;
import org.bouncycastle.asn1.x509.V3TBSCertificateGenerator;

/** Certificates with any extensions at all: what a careless or hostile authority could return. */
final class TestChains {
  /** Adds extensions; may throw what Bouncy Castle throws. */
  interface Extending {
    void to(ExtensionsGenerator extensions) throws IOException;
  }

  private X500Name issuer = new X500Name("CN=issuer");
  private X500Name subject = new X500Name("");
  private final Validity validity;
  private final ExtensionsGenerator extensions = new ExtensionsGenerator();

  private TestChains(Instant notBefore, Instant notAfter) {
    this.validity = new Validity(notBefore, notAfter);
  }

  static TestChains valid(Instant notBefore, Instant notAfter) {
    return new TestChains(notBefore, notAfter);
  }

  static X500Name name(X509Certificate certificate) {
    return X500Name.getInstance(certificate.getSubjectX500Principal().getEncoded());
  }

  TestChains issuer(X500Name name) {
    this.issuer = name;
    return this;
  }

  TestChains subject(String name) {
    this.subject = new X500Name(name);
    return this;
  }

  TestChains with(Extending extending) {
    try {
      extending.to(extensions);
    } catch (IOException impossible) {
      throw new IllegalStateException(impossible);
    }
    return this;
  }

  X509Certificate sign(KeyPair pair, PublicSigner signer) {
    try {
      return Pem.certificate(encode(pair, signer));
    } catch (CertificateException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /** Whose key signs, and how. */
  record PublicSigner(SignatureAlgorithm algorithm, PrivateKey key) {
    static PublicSigner of(IssuingCa ca) {
      return new PublicSigner(SignatureAlgorithm.of(ca.certificate().getPublicKey()), ca.key());
    }
  }

  /** DER, which no parser need accept. */
  byte[] encode(KeyPair pair, PublicSigner signer) {
    var identifier = AlgorithmIdentifier.getInstance(signer.algorithm().identifier());
    var tbs = new V3TBSCertificateGenerator();
    tbs.setSerialNumber(new ASN1Integer(BigInteger.valueOf(0x1234)));
    tbs.setIssuer(issuer);
    tbs.setSubject(subject);
    tbs.setStartDate(new Time(Date.from(validity.notBefore())));
    tbs.setEndDate(new Time(Date.from(validity.notAfter())));
    tbs.setSubjectPublicKeyInfo(SubjectPublicKeyInfo.getInstance(pair.getPublic().getEncoded()));
    tbs.setSignature(identifier);
    if (!extensions.isEmpty()) {
      tbs.setExtensions(extensions.generate());
    }
    try {
      var signed = tbs.generateTBSCertificate();
      var signature = CryptoProvider.jdk().signature(signer.algorithm());
      signature.initSign(signer.key());
      signature.update(signed.getEncoded("DER"));
      var bits = new DERBitString(signature.sign());
      return new DERSequence(new ASN1Encodable[] {signed, identifier, bits}).getEncoded("DER");
    } catch (IOException | GeneralSecurityException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
