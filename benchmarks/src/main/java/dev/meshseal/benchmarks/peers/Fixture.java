package dev.meshseal.benchmarks.peers;

import java.io.IOException;
import java.io.StringWriter;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/**
 * An authority and one P-256 certificate for loopback, as files: the TLS of a peer and the one
 * secret that it serves to everybody.
 */
public record Fixture(Path ca, Path certificate, Path key) {
  private static final Duration LIFE = Duration.ofDays(2);

  public static Fixture in(Path folder) {
    try {
      var authority = keys();
      var subject = new X500Name("CN=benchmark authority");
      var root =
          signed(
              builder(subject, subject, authority)
                  .addExtension(Extension.basicConstraints, true, new BasicConstraints(true)),
              authority);
      var own = keys();
      var names =
          new GeneralNames(
              new GeneralName[] {
                new GeneralName(GeneralName.iPAddress, "127.0.0.1"),
                new GeneralName(GeneralName.dNSName, "localhost"),
                new GeneralName(GeneralName.uniformResourceIdentifier, "spiffe://default/benchmark")
              });
      var leaf =
          signed(
              builder(subject, new X500Name("CN=benchmark"), own)
                  .addExtension(Extension.subjectAlternativeName, false, names),
              authority);
      return new Fixture(
          write(folder.resolve("ca.crt"), root),
          write(folder.resolve("tls.crt"), leaf),
          write(folder.resolve("tls.key"), new JcaPKCS8Generator(own.getPrivate(), null)));
    } catch (GeneralSecurityException | OperatorCreationException | IOException failed) {
      throw new IllegalStateException(
          "the certificates of a peer cannot be made in " + folder, failed);
    }
  }

  private static KeyPair keys() throws GeneralSecurityException {
    var generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    return generator.generateKeyPair();
  }

  private static X509v3CertificateBuilder builder(X500Name issuer, X500Name subject, KeyPair keys) {
    var now = Instant.now();
    return new JcaX509v3CertificateBuilder(
        issuer,
        BigInteger.valueOf(System.nanoTime()),
        Date.from(now.minusSeconds(10)),
        Date.from(now.plus(LIFE)),
        subject,
        keys.getPublic());
  }

  private static X509CertificateHolder signed(X509v3CertificateBuilder builder, KeyPair authority)
      throws OperatorCreationException {
    return builder.build(
        new JcaContentSignerBuilder("SHA256withECDSA").build(authority.getPrivate()));
  }

  private static Path write(Path file, Object content) throws IOException {
    var pem = new StringWriter();
    try (var writer = new JcaPEMWriter(pem)) {
      writer.writeObject(content);
    }
    return Files.writeString(file, pem.toString());
  }
}
