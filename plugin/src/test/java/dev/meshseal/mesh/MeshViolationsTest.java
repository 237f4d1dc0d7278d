package dev.meshseal.mesh;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

class MeshViolationsTest {
  private static final String ARN =
      "arn:aws:acm-pca:eu-west-1:123456789012:certificate-authority/0f3c-11";

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
              "spec: a Universal Mesh has no spec; put what is in it at the top, or write"
                  + " apiVersion and kind in place of type"),
          mesh(
              "a backend of a Kubernetes Mesh",
              "{apiVersion: kuma.io/v1alpha1, kind: Mesh, metadata: {name: m}, spec: {mtls:"
                  + " {backends: [{name: b, type: provided, conf: {key: {secret: k}}}]}}}",
              "spec.mtls.backends[0].conf.cert: is missing; give it one of secret, file, inline and"
                  + " inlineString"),
          mesh(
              "mtls that is a list",
              "{type: Mesh, name: m, mtls: []}",
              "mtls: must be an object, is a list"),
          mesh(
              "backends that are an object",
              "{type: Mesh, name: m, mtls: {backends: {name: b}}}",
              "mtls.backends: must be a list, is an object"),
          mesh(
              "a backend that is a string",
              "{type: Mesh, name: m, mtls: {backends: [ca-1]}}",
              "mtls.backends[0]: must be an object, is a string"),
          mesh(
              "skipValidation that is a string",
              "{type: Mesh, name: m, mtls: {skipValidation: yes}}",
              "mtls.skipValidation: must be true or false, is the string 'yes'"),
          mesh(
              "an unknown field near a known one",
              "{type: Mesh, name: m, mtls: {enabledBackends: ''}}",
              "mtls.enabledBackends: is not a field here; did you mean 'enabledBackend'?"),
          mesh(
              "an unknown field near none",
              "{type: Mesh, name: m, mtls: {x: 1}}",
              "mtls.x: is not a field here; the fields are backends, enabledBackend,"
                  + " skipValidation"),
          mesh(
              "an enabled backend that is not listed",
              "{type: Mesh, name: m, mtls: {enabledBackend: c, backends: [{name: a, type: builtin},"
                  + " {name: b, type: builtin}]}}",
              "mtls.enabledBackend: is 'c', but the backends are 'a', 'b'"),
          mesh(
              "two backends of one name",
              "{type: Mesh, name: m, mtls: {backends: [{name: a, type: builtin}, {name: a, type:"
                  + " builtin}]}}",
              "mtls.backends[1].name: is 'a', as another backend's; give each its own name"),
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
              "labels[\"meshseal.dev/trust-domain\"]: must be a SPIFFE trust domain, 1 to 255 of"
                  + " a-z 0-9 . - _, is 'Example.com'"),
          mesh(
              "an unknown form of identity",
              "{type: Mesh, name: m, labels: {meshseal.dev/identity: spiffe}}",
              "labels[\"meshseal.dev/identity\"]: must be 'kuma' or 'svid', is 'spiffe'"),
          mesh(
              "a label and an annotation that differ",
              "{apiVersion: kuma.io/v1alpha1, kind: Mesh, metadata: {name: m, labels:"
                  + " {meshseal.dev/identity: kuma}, annotations: {meshseal.dev/identity: svid}}}",
              "metadata.annotations[\"meshseal.dev/identity\"]: is 'svid', but the label of the"
                  + " same name is 'kuma'; keep one of them"));

  static final List<Bad> BACKENDS =
      List.of(
          backend("no type", "{name: b}", ".type: is missing"),
          backend(
              "an unknown type",
              "{name: b, type: acm}",
              ".type: is 'acm', but the types are builtin, provided, certmanager, vault, acmpca"),
          backend(
              "a misspelt type",
              "{name: b, type: bulitin}",
              ".type: is 'bulitin', but the types are builtin, provided, certmanager, vault,"
                  + " acmpca; did you mean 'builtin'?"),
          backend("no name", "{type: builtin}", ".name: is missing"),
          backend(
              "a name that is a path",
              "{name: ../b, type: builtin}",
              ".name: must be of letters, digits, - . and _, and begin and end with a letter or"
                  + " digit, is '../b'"),
          backend(
              "a long name",
              "{name: %s, type: builtin}".formatted("b".repeat(64)),
              ".name: must have at most 63 characters, has 64"),
          backend(
              "a builtin backend in capitals",
              "{name: CA, type: builtin}",
              ".name: must be in lower case for a builtin backend, is 'CA'"),
          backend(
              "a mode in lower case",
              "{name: b, type: builtin, mode: strict}",
              ".mode: must be STRICT or PERMISSIVE, is the string 'strict'"),
          backend(
              "a mode of another number",
              "{name: b, type: builtin, mode: 2}",
              ".mode: must be STRICT or PERMISSIVE, is the number 2"),
          backend(
              "a lifetime of nothing",
              "{name: b, type: builtin, dpCert: {rotation: {expiration: 0}}}",
              ".dpCert.rotation.expiration: must be 10s to 100y, is 0: clock skew and renewal need"
                  + " 10 seconds of a certificate's life"),
          backend(
              "a lifetime that is too short",
              "{name: b, type: builtin, dpCert: {rotation: {expiration: 9999ms}}}",
              ".dpCert.rotation.expiration: must be 10s to 100y, is 9999ms: clock skew and renewal"
                  + " need 10 seconds of a certificate's life"),
          backend(
              "a lifetime that is too long",
              "{name: b, type: builtin, dpCert: {rotation: {expiration: 9999999999999999999y}}}",
              ".dpCert.rotation.expiration: must be 10s to 100y, is 9999999999999999999y: clock"
                  + " skew and renewal need 10 seconds of a certificate's life"),
          backend(
              "a lifetime of two units",
              "{name: b, type: builtin, dpCert: {rotation: {expiration: 1h30m}}}",
              ".dpCert.rotation.expiration: must be a whole number and one unit of y, w, d, h, m, s"
                  + " or ms, as in 24h, is the string '1h30m'"),
          backend(
              "a lifetime without a unit",
              "{name: b, type: builtin, dpCert: {rotation: {expiration: 24}}}",
              ".dpCert.rotation.expiration: must be a whole number and one unit of y, w, d, h, m, s"
                  + " or ms, as in 24h, is the number 24"),
          backend(
              "a timeout in minutes",
              "{name: b, type: builtin, dpCert: {requestTimeout: 1m}}",
              ".dpCert.requestTimeout: must be seconds, as in 10s or 1.5s, or {seconds, nanos}, is"
                  + " the string '1m'"),
          backend(
              "a timeout of nothing",
              "{name: b, type: builtin, rootChain: {requestTimeout: 0s}}",
              ".rootChain.requestTimeout: must be more than 0s and at most 3600s, is 0s; leave it"
                  + " out for the default"),
          backend(
              "a timeout that is less than nothing",
              "{name: b, type: builtin, rootChain: {requestTimeout: {seconds: -5}}}",
              ".rootChain.requestTimeout: must be more than 0s and at most 3600s, is -5s; leave it"
                  + " out for the default"),
          backend(
              "a timeout with an unknown part",
              "{name: b, type: builtin, rootChain: {requestTimeout: {second: 5}}}",
              ".rootChain.requestTimeout.second: is not a field here; did you mean 'seconds'?",
              ".rootChain.requestTimeout: must be more than 0s and at most 3600s, is 0s; leave it"
                  + " out for the default"),
          backend(
              "unknown fields of dpCert and rootChain",
              "{name: b, type: builtin, dpCert: {rotaton: {}}, rootChain: {timeout: 1s}}",
              ".dpCert.rotaton: is not a field here; did you mean 'rotation'?",
              ".rootChain.timeout: is not a field here; the fields are requestTimeout"),
          backend(
              "unknown fields of a backend",
              "{name: b, type: builtin, config: {}}",
              ".config: is not a field here; did you mean 'conf'?"));

  static final List<Bad> CONFS =
      List.of(
          conf(
              "builtin, RSA too small",
              "builtin",
              "{caCert: {RSAbits: 1024}}",
              ".caCert.RSAbits: must be 2048 to 8192, is 1024"),
          conf(
              "builtin, RSA too large",
              "builtin",
              "{caCert: {rsaBits: 1000000}}",
              ".caCert.rsaBits: must be 2048 to 8192, is 1000000"),
          conf(
              "builtin, RSA as text",
              "builtin",
              "{caCert: {RSAbits: '2048'}}",
              ".caCert.RSAbits: must be a whole number, is the string '2048'"),
          conf(
              "builtin, RSA in both spellings",
              "builtin",
              "{caCert: {RSAbits: 2048, rsaBits: 2048}}",
              ".caCert.rsaBits: is another spelling of RSAbits, which is there too; keep one"),
          conf(
              "builtin, RSA and a curve",
              "builtin",
              "{caCert: {RSAbits: 2048, curve: P-256}}",
              ".caCert.curve: a key is EC or RSA: remove curve or RSAbits"),
          conf(
              "builtin, an unknown curve",
              "builtin",
              "{caCert: {curve: P-521}}",
              ".caCert.curve: must be P-256 or P-384, is 'P-521'"),
          conf(
              "builtin, a CA of a second",
              "builtin",
              "{caCert: {expiration: 1s}}",
              ".caCert.expiration: must be 10s to 100y, is 1s: clock skew and renewal need 10"
                  + " seconds of a certificate's life"),
          conf(
              "builtin, an unknown kind of leaf key",
              "builtin",
              "{leafKey: {type: Ed25519}}",
              ".leafKey.type: must be EC or RSA, is 'Ed25519'"),
          conf(
              "builtin, a misspelt field",
              "builtin",
              "{cacert: {}}",
              ".cacert: is not a field here; did you mean 'caCert'?"),
          conf(
              "provided, no data sources",
              "provided",
              "{}",
              ".cert: is missing; give it one of secret, file, inline and inlineString",
              ".key: is missing; give it one of secret, file, inline and inlineString"),
          conf(
              "provided, a source with nothing chosen",
              "provided",
              "{cert: {}, key: {secret: k}}",
              ".cert: must have exactly one of secret, file, inline and inlineString, has none"),
          conf(
              "provided, a source with two chosen",
              "provided",
              "{cert: {secret: c, inlineString: PEM}, key: {secret: k}}",
              ".cert: must have exactly one of secret, file, inline and inlineString, has secret"
                  + " and inlineString"),
          conf(
              "provided, empty values",
              "provided",
              "{cert: {secret: ''}, key: {inlineString: ''}}",
              ".cert.secret: must not be empty",
              ".key.inlineString: must not be empty"),
          conf(
              "provided, inline that is no base64",
              "provided",
              "{cert: {secret: c}, key: {inline: '-----BEGIN PRIVATE KEY-----'}}",
              ".key.inline: must be base64; plain text belongs in inlineString"),
          conf(
              "provided, a value in place of a source",
              "provided",
              "{cert: {secret: c}, key: '-----BEGIN PRIVATE KEY-----'}",
              ".key: must be an object, is a string"),
          conf(
              "provided, a misspelt source",
              "provided",
              "{cert: {secret: c}, key: {inlinestring: '-----BEGIN PRIVATE KEY-----'}}",
              ".key.inlinestring: is not a field here; did you mean 'inlineString'?",
              ".key: must have exactly one of secret, file, inline and inlineString, has none"),
          conf(
              "certmanager, no issuer",
              "certmanager",
              "{}",
              ".issuerRef: is missing; give it the name of a cert-manager issuer"),
          conf(
              "certmanager, an issuer without a name",
              "certmanager",
              "{issuerRef: {kind: Issuer}}",
              ".issuerRef.name: is missing"),
          conf(
              "certmanager, two groups",
              "certmanager",
              "{issuerRef: {name: n, group: a, apiGroup: b}}",
              ".issuerRef.apiGroup: is 'b', but group is 'a'; keep group"),
          conf(
              "certmanager, a kind of another group without its group",
              "certmanager",
              "{issuerRef: {name: n, kind: AWSPCAIssuer}}",
              ".issuerRef.kind: is 'AWSPCAIssuer', but cert-manager has Issuer and ClusterIssuer;"
                  + " give the group of another issuer as group"),
          conf(
              "certmanager, names that Kubernetes has not",
              "certmanager",
              "{issuerRef: {name: 'a,b', kind: 'My Kind', group: A_b}}",
              ".issuerRef.name: must be the name of an object in Kubernetes, is 'a,b'",
              ".issuerRef.group: must be an API group of Kubernetes, is 'A_b'",
              ".issuerRef.kind: must be a kind of Kubernetes, is 'My Kind'"),
          conf(
              "certmanager, what is no DNS name",
              "certmanager",
              "{issuerRef: {name: n}, dnsNames: [a.b, 'a b', 7]}",
              ".dnsNames[1]: must be a DNS name, is 'a b'",
              ".dnsNames[2]: must be a string, is the number 7; put it in quotes"),
          conf(
              "certmanager, a common name of another template",
              "certmanager",
              "{issuerRef: {name: n}, commonName: '{{ .Service }}'}",
              ".commonName: may use {{ tag \"NAME\" }} and {{ tag \"NAME\" | replace \"a\" \"b\""
                  + " }}, is '{{ .Service }}'"),
          conf(
              "vault, not from the control plane",
              "vault",
              "{fromDp: {}}",
              ".fromCp: is missing; it says where Vault is and how to log in",
              ".fromDp: is not a field here; did you mean 'fromCp'?"),
          conf(
              "vault, no address and no login",
              "vault",
              "{fromCp: {}}",
              ".fromCp.address: is missing; give it the address of Vault, or agentAddress",
              ".fromCp.auth: is missing; it is needed unless agentAddress is given"),
          conf(
              "vault, no web address",
              "vault",
              "{fromCp: {address: 'ftp://u:secret@vault/x?y', auth: {aws: {}}}}",
              ".fromCp.address: must be http(s)://HOST[:PORT][/PATH], without user, query or"
                  + " fragment, is 'ftp://…@vault/x?y'"),
          conf(
              "vault, a mount that climbs",
              "vault",
              "{fromCp: {address: 'https://v', pki: ../sys, role: 'a b', auth: {aws: {}}}}",
              ".fromCp.pki: must be names of letters, digits, - . and _, joined by /, is '../sys'",
              ".fromCp.role: must be names of letters, digits, - . and _, joined by /, is 'a b'"),
          conf(
              "vault, two logins",
              "vault",
              "{fromCp: {address: 'https://v', auth: {aws: {}, token: {secret: t}}}}",
              ".fromCp.auth: must have exactly one of token, tls, aws, approle, kubernetes, jwt,"
                  + " has token and aws"),
          conf(
              "vault, aws under tls",
              "vault",
              "{fromCp: {address: 'https://v', auth: {tls: {aws: {}}}}}",
              ".fromCp.auth.tls.clientCert: is missing; give it one of secret, file, inline and"
                  + " inlineString",
              ".fromCp.auth.tls.clientKey: is missing; give it one of secret, file, inline and"
                  + " inlineString",
              ".fromCp.auth.tls.aws: is not a field here; the fields are clientCert, clientKey"),
          conf(
              "vault, another kind of AWS login",
              "vault",
              "{fromCp: {address: 'https://v', auth: {aws: {type: iam}}}}",
              ".fromCp.auth.aws.type: must be IAM or EC2, is the string 'iam'"),
          conf(
              "vault, approle without its secret",
              "vault",
              "{fromCp: {address: 'https://v', auth: {approle: {roleId: {secret: r}}}}}",
              ".fromCp.auth.approle.secretId: is missing; give it one of secret, file, inline and"
                  + " inlineString"),
          conf(
              "vault, kubernetes and jwt without a role",
              "vault",
              "{fromCp: {address: 'https://v', auth: {kubernetes: {}}}}",
              ".fromCp.auth.kubernetes.role: is missing"),
          conf("acmpca, no CA", "acmpca", "{}", ".arn: is missing"),
          conf(
              "acmpca, the CA of a strange region",
              "acmpca",
              "{arn: 'arn:aws:acm-pca:x.evil.example/:123456789012:certificate-authority/1'}",
              ".arn: must be like arn:aws:acm-pca:REGION:ACCOUNT:certificate-authority/ID, is"
                  + " 'arn:aws:acm-pca:x.evil.example/:123456789012:certificate-authority/1'"),
          conf(
              "acmpca, half a credential",
              "acmpca",
              "{arn: '%s', auth: {awsCredentials: {accessKey: {secret: a}}}}".formatted(ARN),
              ".auth.awsCredentials.accessKeySecret: is missing; give it one of secret, file,"
                  + " inline and inlineString"),
          conf(
              "acmpca, additions that are none",
              "acmpca",
              "{arn: '%s', template: Leaf, roleArn: admin, endpoint: pca, signingAlgorithm: MD5}"
                  .formatted(ARN),
              ".roleArn: must be like arn:aws:iam::ACCOUNT:role/NAME, is 'admin'",
              ".template: must be like arn:aws:acm-pca:::template/NAME/V1, is 'Leaf'",
              ".endpoint: must be http(s)://HOST[:PORT][/PATH], without user, query or fragment, is"
                  + " 'pca'",
              ".signingAlgorithm: must be like SHA256WITHECDSA, SHA384WITHRSA or the like, is"
                  + " 'MD5'"),
          conf(
              "acmpca, an external id without a role",
              "acmpca",
              "{arn: '%s', externalId: x}".formatted(ARN),
              ".externalId: is for assuming a role, but there is no roleArn"));

  @ParameterizedTest
  @FieldSource({"MESHES", "BACKENDS", "CONFS"})
  void saysWhatIsWrong(Bad bad) {
    var refused = refused(bad.yaml());

    assertThat(refused.violations())
        .extracting(Violation::toString)
        .containsExactlyElementsOf(bad.violations());
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

  private static Bad backend(String name, String backend, String... violations) {
    return new Bad(
        name,
        "{type: Mesh, name: m, mtls: {backends: [%s]}}".formatted(backend),
        under("mtls.backends[0]", violations));
  }

  private static Bad conf(String name, String type, String conf, String... violations) {
    return new Bad(
        name,
        "{type: Mesh, name: m, mtls: {backends: [{name: b, type: %s, conf: %s}]}}"
            .formatted(type, conf),
        under("mtls.backends[0].conf", violations));
  }

  private static List<String> under(String path, String... violations) {
    return List.of(violations).stream().map(path::concat).toList();
  }

  private static Document.Refused refused(String yaml) {
    var documents = Documents.read("f.yaml", yaml.getBytes(StandardCharsets.UTF_8));
    assertThat(documents).singleElement().isInstanceOf(Document.Refused.class);
    return (Document.Refused) documents.getFirst();
  }
}
