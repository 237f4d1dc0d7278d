package dev.meshseal.x509;

import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Provider;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralSubtree;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.NameConstraints;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.jcajce.provider.asymmetric.ec.BCECPrivateKey;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/**
 * A certificate authority as somebody else made it, for tests: right in everything or in one thing
 * wrong.
 */
public record TestCa(List<X509Certificate> chain, KeyPair pair) {
  // Knows the curves that the JDK does not.
  private static final Provider FOREIGN = new BouncyCastleProvider();

  /** What {@link Recipe} starts with: a good authority, named {@code CN=name}. */
  public static Recipe named(String name) {
    return new Recipe(name);
  }

  public X509Certificate certificate() {
    return chain.getFirst();
  }

  /** The certificate, then those above it. */
  public String chainPem() {
    return Pem.certificates(chain);
  }

  /** Without those above it. */
  public String certificatePem() {
    return Pem.certificate(certificate());
  }

  public String keyPem() {
    return Pem.privateKey(pair.getPrivate());
  }

  /** A key by the name of its curve, {@code Ed25519}, or the bits of an RSA key. */
  public static KeyPair key(String kind) {
    try {
      if (kind.equals("Ed25519")) {
        return KeyPairGenerator.getInstance(kind).generateKeyPair();
      }
      if (kind.equals("secp256k1")) {
        var generator = KeyPairGenerator.getInstance("EC", FOREIGN);
        generator.initialize(new ECGenParameterSpec(kind));
        return generator.generateKeyPair();
      }
      if (kind.startsWith("secp")) {
        var generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec(kind));
        return generator.generateKeyPair();
      }
      var generator = KeyPairGenerator.getInstance("RSA");
      generator.initialize(Integer.parseInt(kind));
      return generator.generateKeyPair();
    } catch (GeneralSecurityException unknown) {
      throw new IllegalArgumentException("no key of kind " + kind, unknown);
    }
  }

  /** Changed by each method, which returns it. */
  public static final class Recipe {
    private final String name;
    private KeyPair pair = TestCa.key("secp256r1");
    private Optional<String> algorithm = Optional.empty();
    private Instant notBefore = Instant.parse("2026-01-01T00:00:00Z");
    private Instant notAfter = Instant.parse("2036-01-01T00:00:00Z");
    private Optional<BasicConstraints> constraints = Optional.of(new BasicConstraints(true));
    private int usage = KeyUsage.keyCertSign | KeyUsage.cRLSign;
    private final List<Extension> extensions = new ArrayList<>();

    private Recipe(String name) {
      this.name = name;
    }

    public Recipe key(KeyPair pair) {
      this.pair = pair;
      return this;
    }

    public Recipe key(String kind) {
      return key(TestCa.key(kind));
    }

    /** How it is signed, in place of what suits the key of its issuer. */
    public Recipe signed(String algorithm) {
      this.algorithm = Optional.of(algorithm);
      return this;
    }

    public Recipe notBefore(Instant instant) {
      notBefore = instant;
      return this;
    }

    public Recipe notAfter(Instant instant) {
      notAfter = instant;
      return this;
    }

    public Recipe pathLength(int length) {
      constraints = Optional.of(new BasicConstraints(length));
      return this;
    }

    public Recipe withoutCaFlag() {
      constraints = Optional.empty();
      return this;
    }

    public Recipe withoutKeyUsage() {
      usage = 0;
      return this;
    }

    public Recipe digitalSignatureOnly() {
      usage = KeyUsage.digitalSignature;
      return this;
    }

    public Recipe keyAgreementToo() {
      usage |= KeyUsage.keyAgreement;
      return this;
    }

    public Recipe leaf() {
      return withoutCaFlag().digitalSignatureOnly();
    }

    public Recipe forServersOnly() {
      return extension(
          Extension.extendedKeyUsage, false, new ExtendedKeyUsage(KeyPurposeId.id_kp_serverAuth));
    }

    public Recipe permitsUris(String host) {
      return constraints(new NameConstraints(uris(host), null));
    }

    public Recipe excludesUris(String host) {
      return constraints(new NameConstraints(null, uris(host)));
    }

    public Recipe permitsDirectory(String name) {
      return constraints(
          new NameConstraints(
              new GeneralSubtree[] {new GeneralSubtree(new GeneralName(new X500Name(name)))},
              null));
    }

    private Recipe constraints(NameConstraints constraints) {
      return extension(Extension.nameConstraints, true, constraints);
    }

    private static GeneralSubtree[] uris(String host) {
      return new GeneralSubtree[] {
        new GeneralSubtree(new GeneralName(GeneralName.uniformResourceIdentifier, host))
      };
    }

    /** An extension of that number and no meaning. */
    public Recipe criticalExtension(String oid) {
      return extension(new ASN1ObjectIdentifier(oid), true, DERNull.INSTANCE);
    }

    /** Requires policies, which no leaf of ours has. */
    public Recipe requiresPolicies() {
      return extension(
          Extension.policyConstraints,
          true,
          new org.bouncycastle.asn1.x509.PolicyConstraints(BigInteger.ZERO, null));
    }

    private Recipe extension(ASN1ObjectIdentifier oid, boolean critical, ASN1Encodable value) {
      try {
        extensions.add(Extension.create(oid, critical, value));
        return this;
      } catch (IOException impossible) {
        throw new IllegalStateException("an extension has no encoding", impossible);
      }
    }

    public TestCa root() {
      return new TestCa(List.of(sign("CN=" + name, pair)), pair);
    }

    public TestCa under(TestCa issuer) {
      return under("CN=" + name(issuer), issuer);
    }

    /** Signed by this issuer, in the name of another. */
    public TestCa under(String issuerName, TestCa issuer) {
      var chain = new ArrayList<X509Certificate>();
      chain.add(sign(issuerName, issuer.pair()));
      chain.addAll(issuer.chain());
      return new TestCa(List.copyOf(chain), pair);
    }

    private static String name(TestCa ca) {
      return ca.certificate().getSubjectX500Principal().getName().substring("CN=".length());
    }

    private X509Certificate sign(String issuerName, KeyPair issuer) {
      var builder =
          new X509v3CertificateBuilder(
              new X500Name(issuerName),
              BigInteger.valueOf(notBefore.toEpochMilli()),
              Date.from(notBefore),
              Date.from(notAfter),
              new X500Name("CN=" + name),
              SubjectPublicKeyInfo.getInstance(pair.getPublic().getEncoded()));
      try {
        if (constraints.isPresent()) {
          builder.addExtension(Extension.basicConstraints, true, constraints.get());
        }
        if (usage != 0) {
          builder.addExtension(Extension.keyUsage, true, new KeyUsage(usage));
        }
        for (var extension : extensions) {
          builder.addExtension(extension);
        }
        var signing = new JcaContentSignerBuilder(algorithm.orElseGet(() -> suited(issuer)));
        if (issuer.getPrivate() instanceof BCECPrivateKey
            || algorithm.filter(name -> name.endsWith("MGF1")).isPresent()) {
          signing.setProvider(FOREIGN);
        }
        var signer = signing.build(issuer.getPrivate());
        return Pem.certificate(builder.build(signer).getEncoded());
      } catch (IOException | OperatorCreationException | CertificateException impossible) {
        throw new IllegalStateException("cannot make " + name, impossible);
      }
    }

    private static String suited(KeyPair pair) {
      return switch (pair.getPublic().getAlgorithm()) {
        case "RSA" -> "SHA256withRSA";
        case "EdDSA" -> "Ed25519";
        default -> "SHA256withECDSA";
      };
    }
  }
}
