package dev.meshseal.mesh;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meshseal.testing.MeshCases.MeshCase;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

class MeshViolationsTest {
  /** One thing that is wrong with a Mesh, and all that is said of it. */
  record Bad(String name, String yaml, List<String> violations) {
    @Override
    public String toString() {
      return name;
    }
  }

  static final List<Bad> MESHES =
      List.of(
          mesh("no name", "{type: Mesh}", "name: is missing"),
          mesh("an empty name", "{type: Mesh, name: ''}", "name: must not be empty"),
          mesh(
              "a name that is a number",
              "{type: Mesh, name: 12}",
              "name: must be a string, is the number 12; put it in quotes"),
          mesh(
              "a name with a dot",
              "{type: Mesh, name: a.b}",
              "name: must have no dot, is 'a.b': an Envoy node id is MESH.NAME and is split at its"
                  + " first dot"),
          mesh(
              "a name of 64 characters",
              "{type: Mesh, name: %s}".formatted("a".repeat(64)),
              "name: must have at most 63 characters, has 64"),
          mesh(
              "a name in capitals",
              "{type: Mesh, name: Prod}",
              "name: must be a SPIFFE trust domain of a-z 0-9 - _ that begins and ends with a"
                  + " letter or digit, is 'Prod'"),
          mesh(
              "a name with an escape sequence",
              "{type: Mesh, name: \"a\\e[31m\"}",
              "name: must be a text of one line, has control characters"),
          mesh(
              "no metadata",
              "{apiVersion: kuma.io/v1alpha1, kind: Mesh}",
              "metadata.name: is missing"),
          mesh(
              "another API version",
              "{apiVersion: kuma.io/v1, kind: Mesh, metadata: {name: m}}",
              "apiVersion: must be 'kuma.io/v1alpha1', is 'kuma.io/v1'"),
          mesh(
              "mtls beside spec",
              "{apiVersion: kuma.io/v1alpha1, kind: Mesh, metadata: {name: m}, mtls: {}}",
              "mtls: in a Kubernetes Mesh it stands under spec: write it as spec.mtls"),
          mesh(
              "spec in a Universal Mesh",
              "{type: Mesh, name: m, spec: {mtls: {}}}",
              "spec: a Universal Mesh has no spec; put what is in it at the top, or write apiVersion"
                  + " and kind in place of type"),
          mesh(
              "a backend of a Kubernetes Mesh",
              "{apiVersion: kuma.io/v1alpha1, kind: Mesh, metadata: {name: m}, spec: {mtls:"
                  + " {backends: [{name: b, type: provided, conf: {key: {secret: k}}}]}}}",
              "spec.mtls.backends[0].conf.cert: is missing; give it one of secret, file, inline and"
                  + " inlineString"),
          mesh(
              "a label that is no string",
              "{type: Mesh, name: m, labels: {meshseal.dev/identity: true}}",
              "labels[\"meshseal.dev/identity\"]: must be a string, is the boolean true; put it in"
                  + " quotes"),
          mesh(
              "an unknown label of ours",
              "{type: Mesh, name: m, labels: {meshseal.dev/trustdomain: x}}",
              "labels[\"meshseal.dev/trustdomain\"]: is not a label of meshseal; did you mean"
                  + " 'meshseal.dev/trust-domain'?"),
          mesh(
              "an unknown label of ours, near none",
              "{type: Mesh, name: m, labels: {meshseal.dev/colour: x}}",
              "labels[\"meshseal.dev/colour\"]: is not a label of meshseal; the labels are"
                  + " meshseal.dev/identity, meshseal.dev/spiffe-path, meshseal.dev/trust-domain"),
          mesh(
              "an illegal trust domain",
              "{type: Mesh, name: m, labels: {meshseal.dev/trust-domain: Example.com}}",
              "labels[\"meshseal.dev/trust-domain\"]: must be a SPIFFE trust domain, 1 to 255 of a-z"
                  + " 0-9 . - _, is 'Example.com'"),
          mesh(
              "an unknown form of identity",
              "{type: Mesh, name: m, labels: {meshseal.dev/identity: spiffe}}",
              "labels[\"meshseal.dev/identity\"]: must be 'kuma' or 'svid', is 'spiffe'"),
          mesh(
              "a label and an annotation that differ",
              "{apiVersion: kuma.io/v1alpha1, kind: Mesh, metadata: {name: m, labels:"
                  + " {meshseal.dev/identity: kuma}, annotations: {meshseal.dev/identity: svid}}}",
              "metadata.annotations[\"meshseal.dev/identity\"]: is 'svid', but the label of the same"
                  + " name is 'kuma'; keep one of them"));

  @ParameterizedTest
  @FieldSource("MESHES")
  void saysWhatIsWrong(Bad bad) {
    assertThat(violations(bad.yaml())).containsExactlyElementsOf(bad.violations());
  }

  @ParameterizedTest
  @FieldSource("dev.meshseal.testing.MeshCases#INVALID")
  void saysWhatIsWrongInMtls(MeshCase invalid) {
    assertThat(violations(invalid.universal()))
        .containsExactlyElementsOf(under("mtls", invalid.violations()));
  }

  @ParameterizedTest
  @FieldSource("dev.meshseal.testing.MeshCases#INVALID")
  void saysTheSameOfTheKubernetesForm(MeshCase invalid) {
    assertThat(violations(invalid.kubernetes()))
        .containsExactlyElementsOf(under("spec.mtls", invalid.violations()));
  }

  @ParameterizedTest
  @FieldSource("dev.meshseal.testing.MeshCases#VALID")
  void takesWhatIsRightInBothForms(MeshCase valid) {
    var mesh = MeshReader.read(valid.universal());

    assertThat(mesh.name()).isEqualTo("m");
    assertThat(MeshReader.read(valid.kubernetes())).isEqualTo(mesh);
  }

  @Test
  void saysAllThatIsWrongAtOnce() {
    var refused =
        refused(
            """
            type: Mesh
            name: a.b
            mtls:
              enabledBackend: ca-3
              backends:
              - name: ca-1
                type: provided
                conf:
                  cert: {secret: ""}
              - name: ca-1
                type: builtin
                mode: LOOSE
                conf:
                  caCert: {RSAbits: 512}
            """);

    assertThat(refused.violations())
        .extracting(Violation::path)
        .containsExactlyInAnyOrder(
            "name",
            "mtls.enabledBackend",
            "mtls.backends[0].conf.cert.secret",
            "mtls.backends[0].conf.key",
            "mtls.backends[1].name",
            "mtls.backends[1].mode",
            "mtls.backends[1].conf.caCert.RSAbits");
  }

  @Test
  void saysOfWhichMeshARefusalIs() {
    var refused = refused("{type: Mesh, name: default, mtls: {x: 1}}");

    assertThat(refused.kind()).contains("Mesh");
    assertThat(refused.name()).contains("default");
    assertThat(refused.key()).contains(new Resource.Key(Resource.Kind.MESH, "default", "default"));
  }

  @Test
  void showsNoValueOfADataSource() {
    var refused =
        refused(
            """
            type: Mesh
            name: default
            mtls:
              backends:
              - name: v
                type: vault
                conf:
                  fromCp:
                    address: https://v
                    auth:
                      token: {inline: hvs.topsecret, inlineString: hvs.topsecret}
              - name: w
                type: vault
                conf:
                  fromCp:
                    address: https://v
                    auth:
                      token: hvs.topsecret
              - name: x
                type: provided
                conf:
                  cert: {inline: hvs.topsecret!}
                  key: {inlineString: [hvs.topsecret]}
            """);

    assertThat(refused.toString()).doesNotContain("topsecret");
    assertThat(refused.violations()).hasSize(4);
  }

  private static Bad mesh(String name, String yaml, String... violations) {
    return new Bad(name, yaml, List.of(violations));
  }

  private static List<String> under(String path, List<String> violations) {
    return violations.stream().map(path::concat).toList();
  }

  private static List<String> violations(String yaml) {
    return refused(yaml).violations().stream().map(Violation::toString).toList();
  }

  private static Document.Refused refused(String yaml) {
    var documents = Documents.read("f.yaml", yaml.getBytes(StandardCharsets.UTF_8));
    assertThat(documents).singleElement().isInstanceOf(Document.Refused.class);
    return (Document.Refused) documents.getFirst();
  }
}
