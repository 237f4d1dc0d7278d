package dev.meshseal.x509;

import dev.meshseal.identity.SpiffeId;
import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.HexFormat;
import java.util.List;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.DERBitString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.AuthorityKeyIdentifier;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.ExtensionsGenerator;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.SubjectKeyIdentifier;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.asn1.x509.Time;
import org.bouncycastle.asn1.x509.V3TBSCertificateGenerator;

/**
 * Makes the certificates of authorities: {@code CA:TRUE} and {@code keyCertSign} with {@code
 * cRLSign}, both critical; key identifiers; the trust domain as the one URI name (RFC 5280, 4.2.1;
 * X509-SVID, 2 and 4).
 */
final class CaBuilder {
  private final CaProfile profile;
  private final CryptoProvider crypto;

  CaBuilder(CaProfile profile, CryptoProvider crypto) {
    this.profile = profile;
    this.crypto = crypto;
  }

  IssuingCa root(Instant now) {
    var pair = newPair();
    var identifier = KeyIdentifier.of(pair.getPublic().getEncoded());
    var extensions = extensions(new BasicConstraints(true), identifier, identifier);
    var tbs = toBeSigned(pair, identifier, extensions);
    tbs.setIssuer(subject(identifier));
    dates(tbs, Validity.from(now, profile.lifetime()));
    var signed = sign(tbs, SignatureAlgorithm.of(pair.getPublic()), pair.getPrivate());
    return new IssuingCa(List.of(signed), pair.getPrivate());
  }

  IssuingCa under(IssuingCa parent, Instant now) {
    var pair = newPair();
    var identifier = KeyIdentifier.of(pair.getPublic().getEncoded());
    var issuer = parent.certificate();
    var extensions = extensions(new BasicConstraints(0), identifier, KeyIdentifier.of(issuer));
    var tbs = toBeSigned(pair, identifier, extensions);
    tbs.setIssuer(X500Name.getInstance(issuer.getSubjectX500Principal().getEncoded()));
    dates(tbs, Validity.from(now, profile.lifetime()).notAfter(parent.expiresAt()));
    var chain = new ArrayList<X509Certificate>();
    chain.add(sign(tbs, SignatureAlgorithm.of(issuer.getPublicKey()), parent.key()));
    chain.addAll(parent.chain());
    return new IssuingCa(chain, pair.getPrivate());
  }

  private KeyPair newPair() {
    return crypto.keyPairGenerator(profile.key()).generateKeyPair();
  }

  private V3TBSCertificateGenerator toBeSigned(
      KeyPair pair, byte[] identifier, ExtensionsGenerator extensions) {
    var tbs = new V3TBSCertificateGenerator();
    tbs.setSerialNumber(new ASN1Integer(new BigInteger(Serial.next(crypto.secureRandom()))));
    tbs.setSubject(subject(identifier));
    tbs.setSubjectPublicKeyInfo(SubjectPublicKeyInfo.getInstance(pair.getPublic().getEncoded()));
    tbs.setExtensions(extensions.generate());
    return tbs;
  }

  // The last part gives two authorities of one mesh two names, so that a verifier that goes by name
  // alone cannot take one for the other while a mesh moves between them.
  private X500Name subject(byte[] identifier) {
    return new X500NameBuilder(BCStyle.INSTANCE)
        .addRDN(BCStyle.O, "Meshseal")
        .addRDN(BCStyle.OU, "Mesh")
        .addRDN(BCStyle.CN, profile.commonName())
        .addRDN(BCStyle.SERIALNUMBER, HexFormat.of().formatHex(identifier, 0, 8))
        .build();
  }

  private ExtensionsGenerator extensions(
      BasicConstraints constraints, byte[] identifier, byte[] issuerIdentifier) {
    var trustDomain = new SpiffeId(profile.trustDomain(), "").toString();
    var extensions = new ExtensionsGenerator();
    try {
      extensions.addExtension(
          Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
      extensions.addExtension(Extension.basicConstraints, true, constraints);
      extensions.addExtension(
          Extension.subjectKeyIdentifier, false, new SubjectKeyIdentifier(identifier));
      extensions.addExtension(
          Extension.authorityKeyIdentifier, false, new AuthorityKeyIdentifier(issuerIdentifier));
      extensions.addExtension(
          Extension.subjectAlternativeName,
          false,
          new GeneralNames(new GeneralName(GeneralName.uniformResourceIdentifier, trustDomain)));
    } catch (IOException impossible) {
      throw new IllegalStateException("an extension has no encoding", impossible);
    }
    return extensions;
  }

  private static void dates(V3TBSCertificateGenerator tbs, Validity validity) {
    tbs.setStartDate(new Time(Date.from(validity.notBefore())));
    tbs.setEndDate(new Time(Date.from(validity.notAfter())));
  }

  private X509Certificate sign(
      V3TBSCertificateGenerator tbs, SignatureAlgorithm algorithm, PrivateKey key) {
    var identifier = AlgorithmIdentifier.getInstance(algorithm.identifier());
    tbs.setSignature(identifier);
    try {
      var signed = tbs.generateTBSCertificate();
      var signature = crypto.signature(algorithm);
      signature.initSign(key);
      signature.update(signed.getEncoded("DER"));
      var certificate =
          new DERSequence(
              new ASN1Encodable[] {signed, identifier, new DERBitString(signature.sign())});
      return Pem.certificate(certificate.getEncoded("DER"));
    } catch (IOException | GeneralSecurityException impossible) {
      throw new IllegalStateException("%s cannot sign".formatted(crypto), impossible);
    }
  }
}
