package dev.meshseal.mesh;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meshseal.identity.Dataplane;
import dev.meshseal.identity.DataplaneId;
import dev.meshseal.identity.Tags;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

class DocumentsTest {
  /** One document that is refused, and the one thing that is said of it. */
  record Bad(String name, String yaml, String violation) {
    @Override
    public String toString() {
      return name;
    }
  }

  static final List<Bad> BAD =
      List.of(
          new Bad(
              "neither type nor kind",
              "{name: default, mtls: {}}",
              "has neither 'type' (Universal) nor 'kind' (Kubernetes); begin with type: Mesh, Secret"
                  + " or Dataplane"),
          new Bad("no kind", "{apiVersion: kuma.io/v1alpha1}", "kind: is missing"),
          new Bad("a misspelt type", "type: mesh", "type: is 'mesh'; did you mean 'Mesh'?"),
          new Bad(
              "a type that is a number",
              "type: 7",
              "type: must be a string, is the number 7; put it in quotes"),
          new Bad(
              "a list",
              "- type: Mesh",
              "a document must be an object with 'type' or 'kind', is a list"),
          new Bad(
              "a text",
              "type Mesh",
              "a document must be an object with 'type' or 'kind', is a string"),
          new Bad(
              "a global secret of Kubernetes",
              "{apiVersion: v1, kind: Secret, type: system.kuma.io/global-secret, metadata: {name: s}}",
              "type: a global secret belongs to no mesh, so no backend can use it; make it a Secret"
                  + " of the mesh that needs it"),
          new Bad(
              "a global secret",
              "{type: GlobalSecret, name: s, data: YQ==}",
              "type: a global secret belongs to no mesh, so no backend can use it; make it a Secret"
                  + " of the mesh that needs it"),
          new Bad("a secret without data", "{type: Secret, name: s}", "data: is missing"),
          new Bad(
              "an empty secret", "{type: Secret, name: s, data: ''}", "data: must not be empty"),
          new Bad(
              "a secret that is a list",
              "{type: Secret, name: s, data: [YQ==]}",
              "data: must be a string, is a list"),
          new Bad(
              "a secret that is no base64",
              "{type: Secret, name: s, data: topsecret!}",
              "data: must be base64; encode it, as with base64 -w0"),
          new Bad("a secret without a name", "{type: Secret, data: YQ==}", "name: is missing"),
          new Bad(
              "a secret with a strange name",
              "{type: Secret, name: ../s, data: YQ==}",
              "name: must be 1 to 253 of a-z 0-9 - . _ and begin and end with a letter or digit, is"
                  + " '../s'"),
          new Bad(
              "a secret of a mesh that cannot be",
              "{type: Secret, mesh: A, name: s, data: YQ==}",
              "mesh: must be a SPIFFE trust domain of a-z 0-9 - _ that begins and ends with a letter"
                  + " or digit, is 'A'"),
          new Bad(
              "a secret of Kubernetes with another key",
              "{apiVersion: v1, kind: Secret, type: system.kuma.io/secret, metadata: {name: s}, data:"
                  + " {tls.crt: YQ==}}",
              "data.value: is missing; a mesh's Secret has the one key 'value', this has 'tls.crt'"),
          new Bad(
              "a secret of Kubernetes without a name",
              "{apiVersion: v1, kind: Secret, type: system.kuma.io/secret, data: {value: YQ==}}",
              "metadata.name: is missing"),
          new Bad(
              "a data plane without a name",
              "{type: Dataplane, labels: {kuma.io/workload: w}}",
              "name: is missing"),
          new Bad(
              "a data plane with a tag that is no string",
              "{type: Dataplane, name: w, networking: {inbound: [{tags: {version: 1}}], gateway:"
                  + " {tags: {kuma.io/service: w}}}}",
              "networking.inbound[0].tags.version: must be a string, is the number 1; put it in"
                  + " quotes"),
          new Bad(
              "a data plane with a service that is no segment of a path",
              "{type: Dataplane, name: w, networking: {inbound: [{tags: {kuma.io/service: a/b}}]}}",
              "networking.inbound[0].tags[\"kuma.io/service\"]: must be one segment of a SPIFFE path,"
                  + " of letters, digits and - . _, is 'a/b'"),
          new Bad(
              "a data plane with a tag that no URI can hold",
              "{type: Dataplane, name: w, networking: {inbound: [{tags: {kuma.io/service: w, v: 'a"
                  + " b'}}]}}",
              "networking.inbound[0].tags.v: must be of letters, digits and - . _ : /, is 'a b'"),
          new Bad(
              "a data plane with a tag of a strange name",
              "{type: Dataplane, name: w, networking: {inbound: [{tags: {kuma.io/service: w, 'a b':"
                  + " c}}]}}",
              "networking.inbound[0].tags[\"a b\"]: a tag's name is of letters, digits and - . _ : /"),
          new Bad(
              "a data plane with a workload that is no segment of a path",
              "{type: Dataplane, name: w, labels: {kuma.io/workload: '..'}}",
              "labels[\"kuma.io/workload\"]: must be one segment of a SPIFFE path, of letters, digits"
                  + " and - . _, is '..'"));

  @ParameterizedTest
  @FieldSource("BAD")
  void refusesWithASentence(Bad bad) {
    var documents = read(bad.yaml());

    assertThat(documents)
        .singleElement()
        .isInstanceOfSatisfying(
            Document.Refused.class,
            refused ->
                assertThat(refused.violations())
                    .extracting(Violation::toString)
                    .containsOnlyOnce(bad.violation()));
  }

  @Test
  void readsASecretOfEitherForm() {
    assertThat(resource("{type: Secret, mesh: m, name: s, data: YQ==}"))
        .isEqualTo(new Secret("m", "s", "YQ=="));
    assertThat(resource("{type: Secret, name: s, data: YQ==}"))
        .isEqualTo(new Secret("default", "s", "YQ=="));
    assertThat(
            resource(
                """
                apiVersion: v1
                kind: Secret
                type: system.kuma.io/secret
                metadata:
                  name: s
                  namespace: kuma-system
                  labels: {kuma.io/mesh: m}
                data:
                  value: |
                    YWJj
                    ZGVm
                """))
        .isEqualTo(new Secret("m", "s", "YWJjZGVm"));
    assertThat(
            resource(
                "{apiVersion: v1, kind: Secret, type: system.kuma.io/secret, metadata: {name: s},"
                    + " data: {value: YQ==}, stringData: {value: b}}"))
        .isEqualTo(new Secret("default", "s", "Yg=="));
  }

  @Test
  void readsTheUnionOfADataplanesTags() {
    var dataplane =
        resource(
            """
            type: Dataplane
            mesh: m
            name: web-1
            labels:
              kuma.io/workload: web
            networking:
              address: 10.0.0.1
              inbound:
              - port: 80
                tags: {kuma.io/service: web, version: v1}
              - port: 81
                tags: {kuma.io/service: web-api}
              gateway:
                type: DELEGATED
                tags: {kuma.io/service: edge, region: eu}
              outbound:
              - port: 1
            """);

    assertThat(dataplane)
        .isEqualTo(
            new Resource.Proxy(
                new Dataplane(
                    new DataplaneId("m", "web-1"),
                    Tags.of(
                        Map.of(
                            "kuma.io/service", Set.of("web", "web-api", "edge"),
                            "version", Set.of("v1"),
                            "region", Set.of("eu"))),
                    Optional.of("web"),
                    Optional.empty())));
  }

  @Test
  void saysThatADataplaneWithoutServiceGetsNoCertificate() {
    var document = (Document.Valid) read("{type: Dataplane, name: w}").getFirst();

    assertThat(document.notes())
        .containsExactly(
            "has neither tag kuma.io/service nor label kuma.io/workload, so it can get no"
                + " certificate");
  }

  @Test
  void ignoresTheDocumentsOfOthersAndSaysSo() {
    assertThat(
            read(
                """
                type: TrafficPermission
                name: all
                ---
                apiVersion: kuma.io/v1alpha1
                kind: MeshTrafficPermission
                metadata: {name: mtp}
                ---
                apiVersion: v1
                kind: Secret
                type: kubernetes.io/tls
                metadata: {name: tls}
                ---
                apiVersion: kuma.io/v1alpha1
                kind: Dataplane
                metadata: {name: pod}
                """))
        .extracting(document -> ((Document.Ignored) document).note())
        .containsExactly(
            "type 'TrafficPermission' is not for meshseal; ignored",
            "kind 'MeshTrafficPermission' is not for meshseal; ignored",
            "a Secret of type 'kubernetes.io/tls' is ignored; a mesh's has type"
                + " system.kuma.io/secret",
            "on Kubernetes pods stand in place of Dataplanes; ignored");
  }

  @Test
  void readsTheItemsOfAKubernetesList() {
    var documents =
        read(
            """
            apiVersion: v1
            kind: List
            items:
            - apiVersion: kuma.io/v1alpha1
              kind: Mesh
              metadata: {name: a}
            - apiVersion: kuma.io/v1alpha1
              kind: Mesh
              metadata: {name: b.c}
            """);

    assertThat(((Document.Valid) documents.getFirst()).resource().key().name()).isEqualTo("a");
    assertThat(((Document.Refused) documents.getLast()).violations().getFirst().path())
        .isEqualTo("items[1].metadata.name");
  }

  @Test
  void notesAnAliasOfAFieldAndAssumedNames() {
    assertThat(
            notes(
                "{name: b, type: certmanager, conf: {issuerRef: {name: n, apiGroup:"
                    + " awspca.cert-manager.io}}}"))
        .containsExactly("mtls.backends[0].conf.issuerRef.apiGroup is read as group; write group");
    assertThat(
            notes(
                "{name: b, type: vault, conf: {fromCp: {agentAddress: 'http://a', address: 'https://v', tls: {skipVerify: true}}}}"))
        .containsExactly(
            "mtls.backends[0].conf.fromCp.address is not used, as agentAddress is given",
            "mtls.backends[0].conf.fromCp.pki is not given; 'kmesh-pki-m' is used",
            "mtls.backends[0].conf.fromCp.role is not given; 'dataplane-proxies' is used",
            "mtls.backends[0].conf.fromCp.tls.skipVerify lets anyone on the way read the login; use"
                + " caCert");
  }

  @Test
  void aBrokenDocumentHidesNoneOfTheOthers() {
    var documents =
        read(
            """
            type: Mesh
            name: a
            ---
            type: Mesh
            name: [b
            ---
            # nothing
            ---
            type: Mesh
            name: c
            ...
            ---
            type: Mesh
            name: "d
            """);

    assertThat(documents)
        .extracting(document -> document.at().toString(), Document::name)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple("f.yaml:1", Optional.of("a")),
            org.assertj.core.groups.Tuple.tuple("f.yaml:2", Optional.empty()),
            org.assertj.core.groups.Tuple.tuple("f.yaml:4", Optional.of("c")),
            org.assertj.core.groups.Tuple.tuple("f.yaml:5", Optional.empty()));
    assertThat(((Document.Refused) documents.get(1)).violations().getFirst().message())
        .startsWith("line 6, column 1: is not YAML: ");
    assertThat(documents).extracting(document -> document.at().line()).containsExactly(1, 3, 8, 12);
  }

  @Test
  void readsWindowsLinesAByteOrderMarkAndADirective() {
    assertThat(
            read("\uFEFF%YAML 1.2\r\n---\r\ntype: Mesh\r\nname: a\r\n---\r\ntype: Mesh\r\nname: b"))
        .extracting(Document::name)
        .containsExactly(Optional.of("a"), Optional.of("b"));
  }

  @Test
  void readsJsonWithTabs() {
    assertThat(read("{\n\t\"type\": \"Mesh\",\n\t\"name\":\t\"a\"\n}\n"))
        .extracting(Document::name)
        .containsExactly(Optional.of("a"));
  }

  @Test
  void anEmptyFileHasNoDocuments() {
    assertThat(read("")).isEmpty();
    assertThat(read("\n---\n# nothing\n---\n...\n")).isEmpty();
  }

  @Test
  void refusesTheSecondOfTwoThatDeclareTheSame() {
    var documents =
        Documents.refuseDuplicates(
            List.of(
                read("{type: Mesh, name: a}").getFirst(),
                read("{type: Secret, name: a, data: YQ==}").getFirst(),
                Documents.read("g.yaml", "{type: Mesh, name: a}".getBytes(StandardCharsets.UTF_8))
                    .getFirst()));

    assertThat(documents.subList(0, 2)).allMatch(Document.Valid.class::isInstance);
    assertThat(((Document.Refused) documents.getLast()).violations())
        .containsExactly(
            new Violation(
                "name",
                "mesh 'a' stands in f.yaml:1 already, and in g.yaml:1 again; remove one of them"));
  }

  private static List<String> notes(String backend) {
    var mesh = "{type: Mesh, name: m, mtls: {backends: [%s]}}".formatted(backend);
    return ((Document.Valid) read(mesh).getFirst()).notes();
  }

  private static Resource resource(String yaml) {
    return ((Document.Valid) read(yaml).getFirst()).resource();
  }

  private static List<Document> read(String yaml) {
    return Documents.read("f.yaml", yaml.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void takesNoNoteOfTheAnnotationsOfOthers() {
    var applied =
        """
        apiVersion: kuma.io/v1alpha1
        kind: Mesh
        metadata:
          name: default
          annotations:
            kubectl.kubernetes.io/last-applied-configuration: |
              {"kind":"Mesh"}
        """;

    assertThat(Documents.read("mesh.yaml", applied.getBytes(StandardCharsets.UTF_8)))
        .singleElement()
        .isInstanceOf(Document.Valid.class);
  }

  @Test
  void callsAnObjectByItsNameAlone() {
    var object =
        "{\"apiVersion\":\"kuma.io/v1alpha1\",\"kind\":\"Mesh\",\"metadata\":{\"name\":\"a\"}}";

    var document = Documents.readObject("Mesh a", object.getBytes(StandardCharsets.UTF_8));

    assertThat(document).isInstanceOf(Document.Valid.class);
    assertThat(document.at()).hasToString("Mesh a");
  }

  @Test
  void refusesAnObjectThatIsTooLargeUnread() {
    var document = Documents.readObject("Secret n/s", new byte[Documents.MAX_BYTES + 1]);

    assertThat(((Document.Refused) document).violations().getFirst())
        .hasToString("has 1048577 bytes, it may have 1048576");
  }
}
