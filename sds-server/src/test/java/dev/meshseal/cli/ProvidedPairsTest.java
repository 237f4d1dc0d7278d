package dev.meshseal.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meshseal.x509.TestCa;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Provided certificates and keys, as {@code validate} finds them wrong without a server. */
class ProvidedPairsTest {
  private static final TestCa ROOT = TestCa.named("Root").root();
  private static final TestCa OTHER = TestCa.named("Other").root();
  private static final String MESH =
      """
      type: Mesh
      name: default
      mtls:
        enabledBackend: ca-1
        backends:
        - name: ca-0
          type: builtin
        - name: ca-1
          type: provided
          conf:
            cert:
              secret: cert
            key:
              secret: key
      """;

  @Test
  void acceptsAPairThatBelongsTogether() {
    var result = validate(MESH, secret("cert", ROOT.chainPem()), secret("key", ROOT.keyPem()));

    assertThat(result.out()).isEqualTo("3 documents valid\n");
    assertThat(result.err()).isEmpty();
  }

  @Test
  void refusesAKeyOfAnotherCertificateWithItsPath() {
    var result = validate(MESH, secret("cert", ROOT.chainPem()), secret("key", OTHER.keyPem()));

    assertThat(result.exitCode()).isEqualTo(ExitCode.NO);
    assertThat(result.out())
        .startsWith(
            "stdin:1: mtls.backends[1].conf.key: has a key of type EC that does not belong");
  }

  @Test
  void namesThePathOfTheKubernetesForm() {
    var kubernetes =
        """
        apiVersion: kuma.io/v1alpha1
        kind: Mesh
        metadata:
          name: default
        spec:
          mtls:
            enabledBackend: ca-1
            backends:
            - name: ca-1
              type: provided
              conf:
                cert:
                  inline: %s
                key:
                  inline: %s
        """
            .formatted(base64(ROOT.chainPem()), base64(OTHER.keyPem()));

    var result = validate(kubernetes);

    assertThat(result.out()).startsWith("stdin:1: spec.mtls.backends[0].conf.key: ");
  }

  @Test
  void notesThatASecretIsNotAtHand() {
    var result = validate(MESH, secret("cert", ROOT.chainPem()));

    assertThat(result.exitCode()).isEqualTo(ExitCode.DONE);
    assertThat(result.err())
        .contains(
            "note: mtls.backends[1]: certificate and key were not checked: secret 'key' is not among these documents");
  }

  @Test
  void looksForNoFileOfTheServer() {
    var result = validate(MESH.replace("secret: cert", "file: /etc/ca.pem"));

    assertThat(result.exitCode()).isEqualTo(ExitCode.DONE);
    assertThat(result.err()).contains("file '/etc/ca.pem' is read by the server alone");
  }

  @Test
  void takesNoSecretOfAnotherMesh() {
    var result =
        validate(
            MESH,
            secret("cert", ROOT.chainPem()).replace("mesh: default", "mesh: other"),
            secret("key", OTHER.keyPem()));

    assertThat(result.exitCode()).isEqualTo(ExitCode.DONE);
    assertThat(result.err()).contains("secret 'cert' is not among these documents");
  }

  @Test
  void leavesThePairUncheckedWhereTheMeshAsksForThat() {
    var mesh = MESH.replace("mtls:\n", "mtls:\n  skipValidation: true\n");

    var result = validate(mesh, secret("cert", ROOT.chainPem()), secret("key", OTHER.keyPem()));

    assertThat(result.exitCode()).isEqualTo(ExitCode.DONE);
  }

  @Test
  void goesByTheTrustDomainOfTheMesh() {
    var constrained = TestCa.named("Root").permitsUris("cluster.local").root();
    var labelled =
        MESH.replace(
            "name: default\n",
            "name: default\nlabels:\n  meshseal.dev/trust-domain: cluster.local\n");
    var cert = secret("cert", constrained.chainPem());
    var key = secret("key", constrained.keyPem());

    assertThat(validate(labelled, cert, key).exitCode()).isEqualTo(ExitCode.DONE);
    assertThat(validate(MESH, cert, key).out()).contains("spiffe://default/web", "cluster.local");
  }

  private static Shell.Result validate(String... documents) {
    return new Shell(Map.of(), String.join("---\n", documents)).run("validate", "-f", "-");
  }

  private static String secret(String name, String data) {
    return """
        type: Secret
        mesh: default
        name: %s
        data: %s
        """
        .formatted(name, base64(data));
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.US_ASCII));
  }
}
