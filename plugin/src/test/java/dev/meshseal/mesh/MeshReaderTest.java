package dev.meshseal.mesh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.meshseal.identity.IdentityForm;
import dev.meshseal.mesh.BackendConf.AcmPca;
import dev.meshseal.mesh.BackendConf.Builtin;
import dev.meshseal.mesh.BackendConf.CertManager;
import dev.meshseal.mesh.BackendConf.Provided;
import dev.meshseal.mesh.BackendConf.Vault;
import dev.meshseal.x509.KeyType;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class MeshReaderTest {
  @Test
  void readsTheUniversalForm() {
    var mesh =
        MeshReader.read(
            """
            type: Mesh
            name: default
            mtls:
              enabledBackend: ca-1
              backends:
              - name: ca-1
                type: builtin
                mode: PERMISSIVE
                dpCert:
                  requestTimeout: 5s
                  rotation:
                    expiration: 1d
                rootChain:
                  requestTimeout: {seconds: 1, nanos: 500000000}
                conf:
                  caCert:
                    RSAbits: 4096
                    expiration: 2y
                  leafKey:
                    type: RSA
            """);

    assertThat(mesh.issuing())
        .contains(
            new Backend(
                "ca-1",
                Backend.Mode.PERMISSIVE,
                Duration.ofDays(1),
                Optional.of(Duration.ofSeconds(5)),
                Duration.ofMillis(1_500),
                new Builtin(new KeyType.Rsa(4096), Duration.ofDays(730), KeyType.RSA_2048)));
  }

  @Test
  void readsTheKubernetesForm() {
    var mesh =
        MeshReader.read(
            """
            apiVersion: kuma.io/v1alpha1
            kind: Mesh
            metadata:
              name: default
              labels:
                meshseal.dev/trust-domain: cluster.local
                meshseal.dev/identity: svid
              annotations:
                meshseal.dev/spiffe-path: /ns/{{namespace}}/sa/{{serviceaccount}}
            spec:
              mtls:
                enabledBackend: ca-1
                backends:
                - name: ca-1
                  type: builtin
            """);

    assertThat(mesh.identities().trustDomain()).isEqualTo("cluster.local");
    assertThat(mesh.identities().fixedForm()).contains(IdentityForm.SVID);
    assertThat(mesh.identities().path()).contains("/ns/{{namespace}}/sa/{{serviceaccount}}");
    assertThat(mesh.issuing().map(Backend::type)).contains("builtin");
  }

  @Test
  void fillsInTheDefaultsOfABuiltinBackend() {
    var mesh =
        MeshReader.read(
            "{type: Mesh, name: m, mtls: {enabledBackend: b, backends: [{name: b, type: builtin}]}}");

    assertThat(mesh.issuing())
        .contains(
            new Backend(
                "b",
                Backend.Mode.STRICT,
                Duration.ofHours(24),
                Optional.empty(),
                Duration.ofSeconds(10),
                new Builtin(KeyType.EC_P256, Duration.ofDays(3650), KeyType.EC_P256)));
  }

  @Test
  void aMeshWithoutMtlsIsValidAndOff() {
    var mesh = MeshReader.read("{type: Mesh, name: default}");

    assertThat(mesh.issuing()).isEmpty();
    assertThat(mesh.backends()).isEmpty();
    assertThat(mesh.identities().trustDomain()).isEqualTo("default");
  }

  @Test
  void anEmptyEnabledBackendIsOff() {
    var mesh =
        MeshReader.read(
            "{type: Mesh, name: m, mtls: {enabledBackend: '', backends: [{name: b, type: builtin}]}}");

    assertThat(mesh.issuing()).isEmpty();
    assertThat(mesh.backends()).hasSize(1);
  }

  @Test
  void readsAProvidedBackendFromEveryKindOfDataSource() {
    var conf =
        conf(
            """
            type: provided
            conf:
              cert: {inlineString: "-----BEGIN CERTIFICATE-----\\nü"}
              key: {inline: %s}
            """
                .formatted("/wD+"));

    assertThat(conf)
        .isEqualTo(
            new Provided(
                DataSource.Inline.ofString("-----BEGIN CERTIFICATE-----\nü"),
                DataSource.Inline.of(new byte[] {(byte) 0xff, 0, (byte) 0xfe}),
                KeyType.EC_P256));
    assertThat(conf("{type: provided, conf: {cert: {secret: c}, key: {file: /ca.key}}}"))
        .isEqualTo(
            new Provided(
                new DataSource.Secret("c"), new DataSource.File("/ca.key"), KeyType.EC_P256));
  }

  @Test
  void readsACertManagerBackend() {
    assertThat(conf("{type: certmanager, conf: {issuerRef: {name: my-ca}}}"))
        .isEqualTo(
            new CertManager(
                new CertManager.IssuerRef("my-ca", "Issuer", "cert-manager.io"),
                Optional.empty(),
                Optional.empty(),
                List.of(),
                KeyType.EC_P256));
    assertThat(
            conf(
                """
                type: certmanager
                conf:
                  issuerRef: {name: pca, kind: AWSPCAClusterIssuer, group: awspca.cert-manager.io}
                  caCert: {secret: root}
                  commonName: '{{ tag "kuma.io/service" | replace "_" "-" }}.mesh'
                  dnsNames: [web.mesh]
                """))
        .isEqualTo(
            new CertManager(
                new CertManager.IssuerRef("pca", "AWSPCAClusterIssuer", "awspca.cert-manager.io"),
                Optional.of(new DataSource.Secret("root")),
                Optional.of("{{ tag \"kuma.io/service\" | replace \"_\" \"-\" }}.mesh"),
                List.of("web.mesh"),
                KeyType.EC_P256));
  }

  @Test
  void readsAVaultBackend() {
    assertThat(
            conf(
                """
                type: vault
                conf:
                  fromCp:
                    address: https://vault.internal:8200
                    agentAddress: ""
                    namespace: team/a
                    pki: kmesh-pki-default
                    role: dataplane-proxies
                    commonName: '{{ tag "kuma.io/service" }}.mesh'
                    tls:
                      caCert: {secret: vault-ca}
                      skipVerify: false
                      serverName: vault
                    auth:
                      token: {secret: vault-token}
                """))
        .isEqualTo(
            new Vault(
                URI.create("https://vault.internal:8200"),
                false,
                Optional.of("team/a"),
                "kmesh-pki-default",
                "dataplane-proxies",
                Optional.of("{{ tag \"kuma.io/service\" }}.mesh"),
                new Vault.Tls(
                    Optional.of(new DataSource.Secret("vault-ca")), false, Optional.of("vault")),
                Optional.of(new Vault.Auth.Token(new DataSource.Secret("vault-token"))),
                KeyType.EC_P256));
  }

  @Test
  void readsEveryWayToLogInToVault() {
    assertThat(login("{tls: {clientKey: {secret: k}, clientCert: {secret: c}}}"))
        .isEqualTo(
            new Vault.Auth.ClientCertificate(
                new DataSource.Secret("c"), new DataSource.Secret("k")));
    assertThat(login("{aws: {}}"))
        .isEqualTo(new Vault.Auth.Aws(Vault.Auth.AwsType.IAM, Optional.empty(), Optional.empty()));
    assertThat(login("{aws: {type: 1, role: r, iamServerIdHeader: h}}"))
        .isEqualTo(new Vault.Auth.Aws(Vault.Auth.AwsType.EC2, Optional.of("r"), Optional.of("h")));
    assertThat(login("{approle: {roleId: {secret: r}, secretId: {secret: s}}}"))
        .isEqualTo(
            new Vault.Auth.AppRole(
                "approle", new DataSource.Secret("r"), new DataSource.Secret("s")));
    assertThat(login("{kubernetes: {mount: k8s/eu, role: r}}"))
        .isEqualTo(new Vault.Auth.Kubernetes("k8s/eu", "r"));
    assertThat(login("{jwt: {role: r, jwt: {file: /token}}}"))
        .isEqualTo(new Vault.Auth.Jwt("jwt", "r", new DataSource.File("/token")));
  }

  @Test
  void readsAVaultBackendBehindAnAgent() {
    var vault = (Vault) conf("{type: vault, conf: {fromCp: {agentAddress: 'http://[::1]:8100'}}}");

    assertThat(vault.throughAgent()).isTrue();
    assertThat(vault.auth()).isEmpty();
    assertThat(vault.pki()).isEqualTo("kmesh-pki-default");
    assertThat(vault.role()).isEqualTo("dataplane-proxies");
  }

  @Test
  void readsAnAcmPcaBackend() {
    var arn = "arn:aws:acm-pca:eu-west-1:123456789012:certificate-authority/0f3c-11";

    assertThat(
            conf(
                """
                type: acmpca
                conf:
                  arn: %s
                  caCert: {inlineString: PEM}
                  commonName: mesh
                  auth:
                    awsCredentials:
                      accessKey: {secret: a}
                      accessKeySecret: {secret: s}
                  template: arn:aws:acm-pca:::template/EndEntityCertificate/V1
                  roleArn: arn:aws:iam::123456789012:role/issuer
                  externalId: x
                  endpoint: https://pca.internal
                  signingAlgorithm: SHA384WITHECDSA
                """
                    .formatted(arn)))
        .isEqualTo(
            new AcmPca(
                arn,
                Optional.of(DataSource.Inline.ofString("PEM")),
                Optional.of("mesh"),
                Optional.of(
                    new AcmPca.Credentials(new DataSource.Secret("a"), new DataSource.Secret("s"))),
                Optional.of("arn:aws:acm-pca:::template/EndEntityCertificate/V1"),
                Optional.of("arn:aws:iam::123456789012:role/issuer"),
                Optional.of("x"),
                Optional.of(URI.create("https://pca.internal")),
                Optional.of("SHA384WITHECDSA"),
                KeyType.EC_P256));
  }

  @Test
  void namesWhatItIgnoresOutsideMtls() {
    var notes =
        notes("{type: Mesh, name: m, labels: {team: a}, metrics: {}, routing: {zoneEgress: true}}");

    assertThat(notes).containsExactly("ignored: metrics, routing");
  }

  @Test
  void asksWhetherAFieldThatItIgnoresIsMtls() {
    var notes =
        notes("{kind: Mesh, apiVersion: kuma.io/v1alpha1, metadata: {name: m}, spec: {mtsl: {}}}");

    assertThat(notes).containsExactly("ignored: spec.mtsl; did you mean 'mtls' by 'spec.mtsl'?");
  }

  @Test
  void namesEveryViolationOfAMesh() {
    var bad = "{type: Mesh, name: a.b, mtls: {enabledBackend: x, backends: [{type: vualt}]}}";

    assertThatThrownBy(() -> MeshReader.read(bad))
        .isInstanceOf(InvalidMeshException.class)
        .hasMessageStartingWith("mesh 'a.b' is invalid: name: must have no dot")
        .hasMessageContaining("mtls.enabledBackend: is 'x', but no backend of the mesh has a name")
        .hasMessageContaining("mtls.backends[0].name: is missing")
        .hasMessageContaining("did you mean 'vault'?");
  }

  private static List<String> notes(String yaml) {
    var document = Documents.read("f", yaml.getBytes(StandardCharsets.UTF_8)).getFirst();
    return ((Document.Valid) document).notes();
  }

  private static BackendConf conf(String backend) {
    var indented = backend.startsWith("{") ? backend : "\n" + backend.indent(4);
    var entry =
        backend.startsWith("{")
            ? "{name: b, " + backend.strip().substring(1)
            : "name: b" + indented;
    return MeshReader.read(
            "type: Mesh\nname: default\nmtls:\n  enabledBackend: b\n  backends:\n  - " + entry)
        .issuing()
        .orElseThrow()
        .conf();
  }

  private static Vault.Auth login(String auth) {
    var vault =
        (Vault)
            conf("{type: vault, conf: {fromCp: {address: 'https://v', auth: %s}}}".formatted(auth));
    return vault.auth().orElseThrow();
  }
}
