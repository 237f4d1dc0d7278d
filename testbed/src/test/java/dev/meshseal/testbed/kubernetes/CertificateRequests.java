package dev.meshseal.testbed.kubernetes;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import javax.security.auth.x500.X500Principal;
import org.awaitility.Awaitility;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.ExtensionsGenerator;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;
import tools.jackson.databind.JsonNode;

/**
 * A bare client of cert-manager: asks for certificates in one namespace, and reads what became of
 * the request. Nothing of the server under test is in it.
 */
public record CertificateRequests(KubernetesApi api, String namespace) {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final List<String> USAGES =
      List.of("digital signature", "key encipherment", "server auth", "client auth");

  /** Of whom a certificate is asked. */
  public record IssuerRef(String group, String kind, String name) {
    public static IssuerRef issuer(String name) {
      return new IssuerRef("cert-manager.io", "Issuer", name);
    }

    public static IssuerRef clusterIssuer(String name) {
      return new IssuerRef("cert-manager.io", "ClusterIssuer", name);
    }

    public static IssuerRef testIssuer(String name) {
      return new IssuerRef(TestIssuer.GROUP, "TestIssuer", name);
    }
  }

  /** A new EC P-256 key. */
  public static KeyPair newKey() {
    try {
      var generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JDK has no P-256", e);
    }
  }

  /** A signing request without a subject, PEM. */
  public static String csr(KeyPair key, List<String> uris) {
    try (var pem = new StringWriter()) {
      var names =
          uris.stream()
              .map(uri -> new GeneralName(GeneralName.uniformResourceIdentifier, uri))
              .toArray(GeneralName[]::new);
      var extensions = new ExtensionsGenerator();
      extensions.addExtension(Extension.subjectAlternativeName, true, new GeneralNames(names));
      var request =
          new JcaPKCS10CertificationRequestBuilder(new X500Principal(""), key.getPublic())
              .addAttribute(PKCSObjectIdentifiers.pkcs_9_at_extensionRequest, extensions.generate())
              .build(new JcaContentSignerBuilder("SHA256withECDSA").build(key.getPrivate()));
      try (var writer = new JcaPEMWriter(pem)) {
        writer.writeObject(request);
      }
      return pem.toString();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (OperatorCreationException e) {
      throw new IllegalStateException("the key cannot sign", e);
    }
  }

  /** Asks with the four usages of a mesh, and says the path of the request. */
  public String ask(IssuerRef issuer, String csr, Duration duration) {
    return ask(issuer, csr, duration, USAGES);
  }

  /** Asks, and says the path of the request. */
  public String ask(IssuerRef issuer, String csr, Duration duration, List<String> usages) {
    var name =
        api.post(
                path(),
                """
                {"apiVersion": "cert-manager.io/v1", "kind": "CertificateRequest",
                 "metadata": {"generateName": "test-"},
                 "spec": {"request": "%s", "duration": "%ds",
                   "usages": ["%s"],
                   "issuerRef": {"group": "%s", "kind": "%s", "name": "%s"}}}
                """
                    .formatted(
                        Base64.getEncoder().encodeToString(csr.getBytes(US_ASCII)),
                        duration.toSeconds(),
                        String.join("\", \"", usages),
                        issuer.group(),
                        issuer.kind(),
                        issuer.name()))
            .require()
            .json()
            .path("metadata")
            .path("name")
            .asString();
    return path() + "/" + name;
  }

  private String path() {
    return "/apis/cert-manager.io/v1/namespaces/%s/certificaterequests".formatted(namespace);
  }

  /** Waits until the request's {@code Ready} condition has this reason, and gives its status. */
  public JsonNode awaitReady(String request, String reason) {
    Awaitility.await("%s to be %s".formatted(request, reason))
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(20))
        .until(() -> Conditions.field(api, request, "Ready", "reason").equals(reason));
    return api.get(request).require().json().path("status");
  }

  /** The text of a field of a status that holds bytes; empty if it is absent. */
  public static String text(JsonNode status, String field) {
    return new String(Base64.getDecoder().decode(status.path(field).asString("")), US_ASCII);
  }
}
