package dev.meshseal.testbed;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The chart in every combination of its values that matters, by the real Helm. */
class ChartIT {
  private static final Chart CHART = Chart.ofThisTree();
  private static final String OWN_ISSUER =
      "certManager={\"enabled\":false,\"issuer\":{\"name\":\"corp\",\"kind\":\"ClusterIssuer\"}}";
  private static final String PLAIN = "certManager.enabled=false";
  private static final String SECRET = "tls.secretName=\"server\"";

  /** Values that go together, and the kinds that are added to those that are always there. */
  record Rendered(String name, List<String> values, Map<String, Integer> kinds) {
    @Override
    public String toString() {
      return name;
    }
  }

  /** Values that do not, and what is said of them. */
  record Refused(String name, List<String> values, String message) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static final Map<String, Integer> ALWAYS =
      Map.of(
          "ServiceAccount", 1,
          "Secret", 1,
          "Role", 2,
          "RoleBinding", 2,
          "ClusterRole", 1,
          "ClusterRoleBinding", 1,
          "Service", 2,
          "Deployment", 1);
  private static final Map<String, Integer> CHAIN =
      Map.of("ClusterIssuer", 2, "Certificate", 2, "Mesh", 1, "PodDisruptionBudget", 1);

  static final List<Rendered> RENDERED =
      List.of(
          rendered("the defaults", CHAIN),
          rendered(
              "an issuer of the user's own",
              Map.of("Certificate", 1, "Mesh", 1, "PodDisruptionBudget", 1),
              OWN_ISSUER),
          rendered(
              "an external issuer that is approved",
              Map.of(
                  "Certificate",
                  1,
                  "Mesh",
                  1,
                  "PodDisruptionBudget",
                  1,
                  "ClusterRole",
                  1,
                  "ClusterRoleBinding",
                  1),
              "certManager.enabled=false",
              "certManager.issuer={\"name\":\"pca\",\"kind\":\"AWSPCAClusterIssuer\",\"group\":\"awspca.cert-manager.io\"}",
              "certManager.approver={\"enabled\":true,\"signerNames\":[\"awspcaclusterissuers.awspca.cert-manager.io/*\"]}",
              "rbac.externalIssuers=[{\"group\":\"awspca.cert-manager.io\",\"resources\":[\"awspcaclusterissuers\"],\"scope\":\"Cluster\"}]"),
          rendered(
              "no cert-manager",
              Map.of("Mesh", 1, "PodDisruptionBudget", 1),
              PLAIN,
              SECRET,
              "rbac.certManager=false"),
          rendered(
              "a chain for the mesh, and a certificate for the server",
              Map.of("ClusterIssuer", 2, "Certificate", 1, "Mesh", 1, "PodDisruptionBudget", 1),
              SECRET),
          rendered(
              "an admin front end with a certificate of its own",
              Map.of("ClusterIssuer", 2, "Certificate", 3, "Mesh", 1, "PodDisruptionBudget", 1),
              "admin.tls={\"issuer\":{\"name\":\"letsencrypt\",\"kind\":\"ClusterIssuer\"},\"dnsNames\":[\"meshseal.example.com\"]}"),
          rendered("an admin front end with a Secret", CHAIN, "admin.tls.secretName=\"front\""),
          rendered(
              "one replica", Map.of("ClusterIssuer", 2, "Certificate", 2, "Mesh", 1), "replicas=1"),
          rendered(
              "no disruption budget",
              Map.of("ClusterIssuer", 2, "Certificate", 2, "Mesh", 1),
              "podDisruptionBudget.enabled=false"),
          rendered(
              "no Mesh",
              Map.of("ClusterIssuer", 2, "Certificate", 2, "PodDisruptionBudget", 1),
              "mesh.create=false"),
          rendered(
              "the definition of Mesh",
              Map.of(
                  "ClusterIssuer",
                  2,
                  "Certificate",
                  2,
                  "Mesh",
                  1,
                  "PodDisruptionBudget",
                  1,
                  "CustomResourceDefinition",
                  1),
              "crds.enabled=true"),
          rendered("the definition of Mesh, applied by hand", CHAIN, "crds.applied=true"),
          rendered("beside Kuma", CHAIN, "systemNamespace=\"kuma-system\""),
          rendered(
              "a service monitor and the alerts",
              Map.of(
                  "ClusterIssuer",
                  2,
                  "Certificate",
                  2,
                  "Mesh",
                  1,
                  "PodDisruptionBudget",
                  1,
                  "ServiceMonitor",
                  1,
                  "PrometheusRule",
                  1),
              "monitoring={\"serviceMonitor\":{\"enabled\":true,\"labels\":{\"release\":\"prometheus\"}},\"prometheusRule\":{\"enabled\":true}}"),
          rendered(
              "a pod monitor",
              Map.of(
                  "ClusterIssuer",
                  2,
                  "Certificate",
                  2,
                  "Mesh",
                  1,
                  "PodDisruptionBudget",
                  1,
                  "PodMonitor",
                  1),
              "monitoring.podMonitor.enabled=true"),
          rendered(
              "a network policy",
              Map.of(
                  "ClusterIssuer",
                  2,
                  "Certificate",
                  2,
                  "Mesh",
                  1,
                  "PodDisruptionBudget",
                  1,
                  "NetworkPolicy",
                  1),
              "networkPolicy={\"enabled\":true,\"sdsFrom\":[{\"namespaceSelector\":{}}],\"adminFrom\":[{\"namespaceSelector\":{}}],\"apiServerTo\":[{\"ipBlock\":{\"cidr\":\"192.0.2.1/32\"}}],\"extraEgress\":[{\"ports\":[{\"port\":8200}]}]}"),
          rendered(
              "everything that is added",
              Map.of(
                  "ClusterIssuer",
                  2,
                  "Certificate",
                  2,
                  "Mesh",
                  1,
                  "PodDisruptionBudget",
                  1,
                  "ConfigMap",
                  2),
              "extraArgs=[\"--max-connections=1000\"]",
              "extraEnv=[{\"name\":\"AWS_REGION\",\"value\":\"eu-west-1\"}]",
              "extraVolumes=[{\"name\":\"more\",\"emptyDir\":{}}]",
              "extraVolumeMounts=[{\"name\":\"more\",\"mountPath\":\"/more\"}]",
              "extraObjects=[{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"a\"}},\"apiVersion: v1\\nkind: ConfigMap\\nmetadata: {name: '{{ .Release.Name }}-b'}\"]",
              "imagePullSecrets=[{\"name\":\"pull\"}]",
              "nodeSelector={\"kubernetes.io/os\":\"linux\"}",
              "tolerations=[{\"operator\":\"Exists\"}]",
              "affinity={\"nodeAffinity\":{}}",
              "topologySpreadConstraints=[{\"topologyKey\":\"x\",\"maxSkew\":1,\"whenUnsatisfiable\":\"DoNotSchedule\"}]",
              "priorityClassName=\"system-cluster-critical\"",
              "podLabels={\"team\":\"mesh\"}",
              "podAnnotations={\"a\":\"b\"}",
              "commonLabels={\"team\":\"mesh\"}",
              "server.renewAt=0.5",
              "server.javaOptions=\"-Xmx300m\"",
              "tls.dnsNames=[\"meshseal.example.com\"]",
              "mesh.labels={\"meshseal.dev/identity\":\"svid\"}",
              "mesh.annotations={\"meshseal.dev/spiffe-path\":\"/x\"}"),
          rendered(
              "values of a chart that this one is a part of",
              CHAIN,
              "global={\"a\":{\"b\":1}}",
              "enabled=true",
              "extra={\"x\":[1]}"));

  static final List<Refused> REFUSED =
      List.of(
          refused(
              "both ways to a CA",
              "certManager.enabled makes a CA of its own, and certManager.issuer.name is 'corp': keep"
                  + " one of them; for your own issuer set certManager.enabled=false",
              "certManager.issuer.name=\"corp\""),
          refused(
              "no way to a certificate",
              "the server has no certificate: set one of certManager.enabled=true,"
                  + " certManager.issuer.name and tls.secretName",
              PLAIN),
          refused(
              "an issuer without a name",
              "certManager.issuer has a kind or a group and no name: set certManager.issuer.name",
              "certManager.issuer.kind=\"ClusterIssuer\""),
          refused(
              "an external issuer without a kind",
              "certManager.issuer.group is 'awspca.cert-manager.io', an external issuer: set"
                  + " certManager.issuer.kind too",
              PLAIN,
              "certManager.issuer={\"name\":\"pca\",\"group\":\"awspca.cert-manager.io\"}"),
          refused(
              "an external kind without its group",
              "certManager.issuer.kind is 'AWSPCAIssuer', which cert-manager does not have: set"
                  + " certManager.issuer.group to that of the external issuer",
              PLAIN,
              "certManager.issuer={\"name\":\"pca\",\"kind\":\"AWSPCAIssuer\"}"),
          refused(
              "a CA whose key the server could read",
              "certManager.clusterResourceNamespace is 'meshseal-system', where the server reads"
                  + " Secrets, so it could read the CA's key: install into another namespace than"
                  + " that of cert-manager",
              "certManager.clusterResourceNamespace=\"meshseal-system\""),
          refused(
              "a CA whose key the server could read in the system namespace",
              "certManager.clusterResourceNamespace is 'cert-manager', where the server reads"
                  + " Secrets",
              "systemNamespace=\"cert-manager\""),
          refused(
              "an Issuer that would be needed in two namespaces",
              "an Issuer works in its own namespace only: 'corp' would be needed in 'kuma-system' for"
                  + " the mesh and in 'meshseal-system' for the server; use a ClusterIssuer, or give"
                  + " tls.secretName",
              PLAIN,
              "certManager.issuer.name=\"corp\"",
              "systemNamespace=\"kuma-system\""),
          refused(
              "two certificates of the admin front end",
              "admin.tls.secretName and admin.tls.issuer.name are two certificates for one front end:"
                  + " keep one of them",
              "admin.tls={\"secretName\":\"a\",\"issuer\":{\"name\":\"b\"}}"),
          refused(
              "names for a certificate that is not made",
              "admin.tls.dnsNames are for a certificate that is made: set admin.tls.issuer.name",
              "admin.tls.dnsNames=[\"meshseal.example.com\"]"),
          refused(
              "an approver of nothing",
              "certManager.approver.enabled lets nothing be approved: set"
                  + " certManager.approver.signerNames",
              "certManager.approver.enabled=true"),
          refused(
              "two monitors",
              "monitoring.serviceMonitor and monitoring.podMonitor would scrape each replica twice:"
                  + " keep one of them",
              "monitoring={\"serviceMonitor\":{\"enabled\":true},\"podMonitor\":{\"enabled\":true}}"),
          refused(
              "a service monitor before a shut door",
              "networkPolicy.enabled shuts the admin port, and monitoring.serviceMonitor has Prometheus"
                  + " scrape it: let Prometheus in by networkPolicy.adminFrom, as"
                  + " [{\"namespaceSelector\":{\"matchLabels\":{\"kubernetes.io/metadata.name\":\"monitoring\"}}}]",
              "networkPolicy.enabled=true",
              "monitoring.serviceMonitor.enabled=true"),
          refused(
              "a pod monitor before a shut door",
              "networkPolicy.enabled shuts the admin port, and monitoring.podMonitor has Prometheus",
              "networkPolicy.enabled=true",
              "monitoring.podMonitor.enabled=true"),
          refused(
              "a policy that would open every port",
              "at '/networkPolicy': missing property 'dnsPorts'",
              "networkPolicy={\"enabled\":true,\"dnsPorts\":null}"),
          refused(
              "a definition that is there and is not",
              "crds.enabled installs the definition of Mesh, and crds.applied says that it is there:"
                  + " keep one of them",
              "crds={\"enabled\":true,\"applied\":true}"),
          refused(
              "an issuer of the front end without a name",
              "admin.tls.issuer has a kind or a group and no name: set admin.tls.issuer.name",
              "admin.tls.issuer.kind=\"ClusterIssuer\""),
          refused(
              "more names for a certificate of the user's",
              "tls.dnsNames are for a certificate that is made, and tls.secretName is 'server', one of"
                  + " yours: have the names in that one, and leave tls.dnsNames out",
              SECRET,
              "tls.dnsNames=[\"meshseal.example.com\"]"),
          refused(
              "a short RSA key",
              "certManager.ca.size is 1024, and certManager.ca.algorithm is RSA, whose sizes here are"
                  + " 2048, 3072, 4096: set one of them, or none for 3072",
              "certManager.ca={\"algorithm\":\"RSA\",\"size\":1024}"),
          refused(
              "an RSA key of the size of an ECDSA key",
              "certManager.ca.size is 256, and certManager.ca.algorithm is RSA",
              "certManager.ca={\"algorithm\":\"RSA\",\"size\":256}"),
          refused(
              "a curve that there is not",
              "certManager.ca.size is 2048, and certManager.ca.algorithm is ECDSA, whose sizes here"
                  + " are 256, 384, 521: set one of them, or none for 256",
              "certManager.ca.size=2048"),
          refused(
              "a certificate that is renewed before it is made",
              "tls.renewBefore is '24h', which is not shorter than tls.duration, '23h60m': make it"
                  + " shorter",
              "tls={\"duration\":\"23h60m\",\"renewBefore\":\"24h\"}"),
          refused(
              "a CA that is renewed before it is made",
              "certManager.ca.renewBefore is '8760h', which is not shorter than"
                  + " certManager.ca.duration, '720h': make it shorter",
              "certManager.ca.duration=\"720h\""),
          refused(
              "a certificate that ends at once",
              "tls.duration is '59m59s', and cert-manager makes no certificate that lives for less"
                  + " than 1h: make it longer",
              "tls={\"duration\":\"59m59s\",\"renewBefore\":\"5m\"}"),
          refused(
              "a certificate that is renewed too late",
              "tls.renewBefore is '299s', and cert-manager takes no less than 5m: make it longer",
              "tls.renewBefore=\"299s\""),
          refused("a duration of days", "at '/tls/duration'", "tls.duration=\"90d\""),
          refused(
              "a leaf that ends at once",
              "mesh.leafLifetime is '9s', and must be 10s to 100y: clock skew and renewal need 10"
                  + " seconds of a certificate's life",
              "mesh.leafLifetime=\"9s\""),
          refused(
              "a leaf that never ends",
              "mesh.leafLifetime is '101y', and must be 10s to 100y",
              "mesh.leafLifetime=\"101y\""),
          refused(
              "a drain that takes all the time there is",
              "server.drainSeconds is 30 and terminationGracePeriodSeconds 30, so a pod would be"
                  + " killed before it has ended: set terminationGracePeriodSeconds to 35 or more,"
                  + " 5 longer than the drain",
              "server.drainSeconds=30"),
          refused(
              "no right to what the mesh needs",
              "rbac.certManager is false, and mesh 'default' gets its certificates from cert-manager:"
                  + " set rbac.certManager=true, or mesh.create=false",
              "rbac.certManager=false"),
          refused(
              "no right to what the mesh needs of an issuer",
              "rbac.certManager is false, and mesh 'default' gets",
              OWN_ISSUER,
              "rbac.certManager=false"),
          refused(
              "a name that is none", "at '/fullnameOverride'", "fullnameOverride=\"Mesh_seal\""),
          refused(
              "a name that no Service has", "at '/fullnameOverride'", "fullnameOverride=\"1seal\""),
          refused(
              "a Mesh that is kept, and a definition that is not",
              "crds.keep is false, so that helm uninstall removes the definition of Mesh and every"
                  + " Mesh with it, and mesh.keep is true: to keep mesh 'default' set"
                  + " crds.keep=true, else mesh.keep=false",
              "crds={\"enabled\":true,\"keep\":false}"),
          refused(
              "two issuers of one mesh",
              "mesh.conf has an issuerRef, and the issuer of the mesh comes from certManager: leave it"
                  + " out of mesh.conf, and set certManager.issuer for one of yours",
              "mesh.conf.issuerRef.name=\"other\""),
          refused("a part of a name that is none", "at '/nameOverride'", "nameOverride=\"a.b\""),
          refused("a name that is too long", "at '/nameOverride'", longName()),
          refused("a renewal at the end", "at '/server/renewAt'", "server.renewAt=\"1.0\""),
          refused("a renewal at once", "at '/server/renewAt'", "server.renewAt=0"),
          refused("a renewal at no part", "at '/server/renewAt'", "server.renewAt=\"0.0\""),
          refused("an unknown value", "additional properties 'replica' not allowed", "replica=3"),
          refused(
              "an unknown value within another",
              "at '/certManager/issuer': additional properties 'nmae' not allowed",
              "certManager.issuer.nmae=\"x\""),
          refused("no replica", "at '/replicas': minimum: got 0, want 1", "replicas=0"),
          refused("a digest that is none", "at '/image/digest'", "image.digest=\"latest\""),
          refused(
              "an approver of every signer",
              "at '/certManager/approver/signerNames/0'",
              "certManager.approver={\"enabled\":true,\"signerNames\":[\"*\"]}"),
          refused("a mesh's name with a dot", "at '/mesh/name'", "mesh.name=\"a.b\""));

  @ParameterizedTest
  @FieldSource("RENDERED")
  void rendersValuesThatGoTogether(Rendered rendered) {
    CHART.lint(rendered.values()).requireZero();

    var kinds = new TreeMap<String, Integer>();
    CHART.objects(rendered.values()).forEach(object -> kinds.merge(kind(object), 1, Integer::sum));

    var expected = new TreeMap<>(ALWAYS);
    rendered.kinds().forEach((kind, count) -> expected.merge(kind, count, Integer::sum));
    assertThat(kinds).isEqualTo(expected);
  }

  @ParameterizedTest
  @FieldSource("REFUSED")
  void saysWhichValuesDoNotGoTogether(Refused refused) {
    var answer = CHART.template(refused.values());

    assertThat(answer.exit()).isNotZero();
    assertThat(answer.output()).contains(refused.message());
  }

  @Test
  void saysAllThatIsWrongAtOnce() {
    var answer =
        CHART.template(
            List.of(
                PLAIN, "admin.tls.dnsNames=[\"x\"]", "crds={\"enabled\":true,\"applied\":true}"));

    assertThat(answer.output())
        .contains("- the server has no certificate")
        .contains("- admin.tls.dnsNames")
        .contains("- crds.enabled");
  }

  @ParameterizedTest
  @FieldSource("RENDERED")
  void runsThePodsUnderTheRestrictedStandard(Rendered rendered) {
    var pod = podOf(CHART.objects(rendered.values()));

    assertThat(pod.path("enableServiceLinks").asBoolean(true)).isFalse();
    assertThat(pod.propertyNames())
        .doesNotContain("hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace");
    assertThat(pod.path("securityContext").path("runAsNonRoot").asBoolean()).isTrue();
    assertThat(pod.path("securityContext").path("seccompProfile").path("type").asString())
        .isEqualTo("RuntimeDefault");
    assertThat(pod.path("volumes").valueStream()).noneMatch(volume -> volume.has("hostPath"));
    assertThat(pod.path("containers").size()).isOne();
    var container = pod.path("containers").get(0);
    var security = container.path("securityContext");
    assertThat(security.path("privileged").asBoolean(false)).isFalse();
    assertThat(security.path("allowPrivilegeEscalation").asBoolean(true)).isFalse();
    assertThat(security.path("readOnlyRootFilesystem").asBoolean()).isTrue();
    assertThat(security.path("capabilities").path("drop").get(0).asString()).isEqualTo("ALL");
    assertThat(security.path("capabilities").has("add")).isFalse();
    assertThat(container.path("resources").path("limits").has("memory")).isTrue();
    assertThat(container.path("image").asString()).doesNotEndWith(":latest");
  }

  @Test
  void grantsTheseRightsAndNoOther() {
    assertThat(rights(CHART.objects(List.of())))
        .containsExactlyInAnyOrder(
            "Role meshseal-system: core/secrets get,list,watch,create",
            "Role meshseal-system: cert-manager.io/certificaterequests"
                + " create,list,watch,delete",
            "Role meshseal-system: cert-manager.io/issuers list,watch",
            "Role default: core/events create,patch",
            "ClusterRole: kuma.io/meshes list,watch",
            "ClusterRole: authentication.k8s.io/tokenreviews create",
            "ClusterRole: core/pods get,list,watch",
            "ClusterRole: core/services list,watch",
            "ClusterRole: core/namespaces list,watch",
            "ClusterRole: cert-manager.io/clusterissuers list,watch");
  }

  @Test
  void grantsTheStatusOnlyOfADefinitionOfOurs() {
    var status = "ClusterRole: kuma.io/meshes/status patch";
    var again = "ClusterRole: kuma.io/meshes get";

    assertThat(rights(CHART.objects(List.of("crds.enabled=true")))).contains(status, again);
    assertThat(rights(CHART.objects(List.of("crds.applied=true")))).contains(status, again);
  }

  @Test
  void grantsNothingOfCertManagerWhereItIsNotUsed() {
    assertThat(rights(CHART.objects(List.of(PLAIN, SECRET, "rbac.certManager=false"))))
        .noneMatch(right -> right.contains("cert-manager.io"));
  }

  @Test
  void grantsTheReadingOfAnExternalIssuerWhereItIs() {
    var namespaced =
        "rbac.externalIssuers=[{\"group\":\"step.sm\",\"resources\":[\"stepissuers\"]}]";
    var cluster =
        "rbac.externalIssuers=[{\"group\":\"step.sm\",\"resources\":[\"stepclusterissuers\"],\"scope\":\"Cluster\"}]";

    assertThat(rights(CHART.objects(List.of(namespaced))))
        .contains("Role meshseal-system: step.sm/stepissuers list,watch");
    assertThat(rights(CHART.objects(List.of(cluster))))
        .contains("ClusterRole: step.sm/stepclusterissuers list,watch");
  }

  @Test
  void grantsNothingWhereRightsAreGivenByHand() {
    assertThat(rights(CHART.objects(List.of("rbac.create=false")))).isEmpty();
  }

  @Test
  void saysOfEveryRightWhatItIsFor() {
    var lines =
        Stream.of("templates/rbac.yaml", "templates/certmanager.yaml")
            .flatMap(file -> CHART.read(file).lines())
            .filter(line -> !line.startsWith("{{"))
            .toList();

    for (var i = 0; i < lines.size(); i++) {
      if (lines.get(i).startsWith("- apiGroups")) {
        assertThat(lines.get(i - 1)).as("before line '%s'", lines.get(i)).startsWith("# ");
      }
    }
  }

  @Test
  void putsTheRightsBesideKumaWhereItsSecretsAre() {
    assertThat(rights(CHART.objects(List.of("systemNamespace=\"kuma-system\""))))
        .contains("Role kuma-system: core/secrets get,list,watch,create")
        .noneMatch(right -> right.startsWith("Role meshseal-system"));
  }

  @Test
  void makesAChainFromASelfSignedIssuerToTheMesh() {
    var objects = CHART.objects(List.of());
    var ca = named(objects, "Certificate", "meshseal-meshseal-system-ca");
    var server = named(objects, "Certificate", "meshseal-server");
    var mesh = named(objects, "Mesh", "default");

    assertThat(
            named(objects, "ClusterIssuer", "meshseal-meshseal-system-selfsigned")
                .path("spec")
                .has("selfSigned"))
        .isTrue();
    assertThat(ca.path("metadata").path("namespace").asString()).isEqualTo("cert-manager");
    assertThat(issuerOf(ca.path("spec")))
        .isEqualTo("meshseal-meshseal-system-selfsigned ClusterIssuer cert-manager.io");
    assertThat(
            named(objects, "ClusterIssuer", "meshseal-meshseal-system-ca")
                .path("spec")
                .path("ca")
                .path("secretName"))
        .isEqualTo(ca.path("spec").path("secretName"));
    assertThat(issuerOf(server.path("spec")))
        .isEqualTo("meshseal-meshseal-system-ca ClusterIssuer cert-manager.io");
    assertThat(issuerOf(mesh.path("spec").path("mtls").path("backends").get(0).path("conf")))
        .isEqualTo("meshseal-meshseal-system-ca ClusterIssuer cert-manager.io");
    assertThat(server.path("spec").path("dnsNames").valueStream().map(JsonNode::asString))
        .contains("meshseal.meshseal-system.svc");
  }

  @Test
  void sharesNothingWithAReleaseOfTheSameNameInAnotherNamespace() {
    var values =
        List.of(
            "mesh.create=false",
            "systemNamespace=\"kuma-system\"",
            "certManager.approver={\"enabled\":true,\"signerNames\":[\"a.b/*\"]}");
    var release = "r".repeat(53);
    var long1 = "n".repeat(62) + "1";
    var long2 = "n".repeat(62) + "2";

    assertThat(identities(CHART.objectsOf("meshseal", "one", values)))
        .hasSizeGreaterThan(15)
        .doesNotContainAnyElementsOf(identities(CHART.objectsOf("meshseal", "two", values)));
    assertThat(identities(CHART.objectsOf(release, long1, values)))
        .doesNotContainAnyElementsOf(identities(CHART.objectsOf(release, long2, values)));
  }

  @Test
  void hasNamesOfAtMost63Characters() {
    var values = List.of("certManager.approver={\"enabled\":true,\"signerNames\":[\"a.b/*\"]}");

    assertThat(CHART.objectsOf("r".repeat(53), "n".repeat(63), values))
        .extracting(object -> object.path("metadata").path("name").asString())
        .allMatch(name -> name.length() <= 63);
  }

  @Test
  void makesTheFrontEndACertificateThatNoSidecarTrusts() {
    var objects =
        CHART.objects(
            List.of(
                "admin.tls={\"issuer\":{\"name\":\"letsencrypt\",\"kind\":\"ClusterIssuer\"},\"dnsNames\":[\"meshseal.example.com\"]}"));
    var admin = named(objects, "Certificate", "meshseal-admin");

    assertThat(issuerOf(admin.path("spec"))).isEqualTo("letsencrypt ClusterIssuer cert-manager.io");
    assertThat(admin.path("spec").path("dnsNames").toString())
        .isEqualTo("[\"meshseal.example.com\"]");
    assertThat(arguments(objects))
        .contains(
            "--tls-cert=/run/meshseal/tls/tls.crt",
            "--admin-tls-cert=/run/meshseal/admin-tls/tls.crt",
            "--admin-tls-key=/run/meshseal/admin-tls/tls.key");
  }

  @Test
  void publishesNoAdminPort() {
    for (var type : List.of("ClusterIP", "NodePort", "LoadBalancer")) {
      var objects =
          CHART.objects(
              List.of("service={\"type\":\"%s\",\"annotations\":{\"a\":\"b\"}}".formatted(type)));
      var sds = named(objects, "Service", "meshseal");
      var admin = named(objects, "Service", "meshseal-admin");

      assertThat(sds.at("/spec/type").asString()).isEqualTo(type);
      assertThat(sds.at("/metadata/annotations/a").asString()).isEqualTo("b");
      assertThat(ports(sds)).containsExactly("sds 5690");
      assertThat(admin.at("/spec/type").asString()).isEqualTo("ClusterIP");
      assertThat(admin.path("metadata").has("annotations")).isFalse();
      assertThat(ports(admin)).containsExactly("admin 5691");
      assertThat(admin.at("/spec/selector")).isEqualTo(sds.at("/spec/selector"));
    }
  }

  /** Through the Service they would ask any of the replicas, under a name it need not have. */
  @Test
  void theCommandsInAPodAskTheServerOfThatPodByItsOwnCertificate() {
    for (var values :
        List.of(
            List.<String>of(),
            List.of("admin.tls.secretName=\"front\""),
            List.of("tls.secretName=\"server\"", "certManager.enabled=false"))) {
      var container = podOf(CHART.objects(values)).path("containers").get(0);
      var certificate = Path.of(variable(container, "MESHSEAL_ADMIN_CA"));

      assertThat(variable(container, "MESHSEAL_ADMIN")).isEqualTo("https://127.0.0.1:5691");
      assertThat(certificate).hasFileName("tls.crt");
      assertThat(container.path("volumeMounts").valueStream())
          .anyMatch(mount -> certificate.startsWith(Path.of(mount.path("mountPath").asString())));
    }
  }

  private static String variable(JsonNode container, String name) {
    return container
        .path("env")
        .valueStream()
        .filter(one -> one.path("name").asString().equals(name))
        .findFirst()
        .orElseThrow()
        .path("value")
        .asString();
  }

  @Test
  void scrapesTheAdminServiceAlone() {
    var objects = CHART.objects(List.of("monitoring.serviceMonitor.enabled=true"));
    var monitor = named(objects, "ServiceMonitor", "meshseal").path("spec");
    var selected = monitor.at("/selector/matchLabels").properties();

    assertThat(objects)
        .filteredOn(object -> kind(object).equals("Service"))
        .filteredOn(service -> service.at("/metadata/labels").properties().containsAll(selected))
        .containsExactly(named(objects, "Service", "meshseal-admin"));
    assertThat(monitor.at("/endpoints/0/port").asString()).isEqualTo("admin");
    assertThat(dnsNames(objects, "meshseal-server"))
        .contains(monitor.at("/endpoints/0/tlsConfig/serverName").asString());
  }

  @Test
  void letsPrometheusInWhereThePolicySaysSo() {
    var prometheus = "{\"namespaceSelector\":{\"matchLabels\":{\"name\":\"monitoring\"}}}";
    var objects =
        CHART.objects(
            List.of(
                "monitoring.serviceMonitor.enabled=true",
                "networkPolicy={\"enabled\":true,\"adminFrom\":[%s]}".formatted(prometheus)));

    var admin = named(objects, "NetworkPolicy", "meshseal").at("/spec/ingress/1");
    assertThat(admin.at("/ports/0/port").asString()).isEqualTo("admin");
    assertThat(admin.at("/from/1")).hasToString(prometheus);
  }

  @Test
  void asksForNamesWhereTheClusterAnswersThem() {
    assertThat(dnsPorts("networkPolicy.enabled=true"))
        .containsExactly("53 UDP", "53 TCP", "5353 UDP", "5353 TCP");
    assertThat(dnsPorts("networkPolicy={\"enabled\":true,\"dnsPorts\":[8053]}"))
        .containsExactly("8053 UDP", "8053 TCP");
  }

  private static List<String> dnsPorts(String values) {
    return named(CHART.objects(List.of(values)), "NetworkPolicy", "meshseal")
        .at("/spec/egress/0/ports")
        .valueStream()
        .map(port -> port.path("port").asInt() + " " + port.path("protocol").asString())
        .toList();
  }

  @Test
  void namesInACertificateTheServicesThatShowIt() {
    var sds =
        List.of(
            "meshseal",
            "meshseal.meshseal-system",
            "meshseal.meshseal-system.svc",
            "meshseal.meshseal-system.svc.cluster.local");
    var admin = sds.stream().map(name -> name.replaceFirst("meshseal", "meshseal-admin")).toList();

    assertThat(dnsNames(CHART.objects(List.of()), "meshseal-server"))
        .containsExactlyElementsOf(Stream.concat(sds.stream(), admin.stream()).toList());
    var apart =
        CHART.objects(List.of("admin.tls.issuer={\"name\":\"front\",\"kind\":\"ClusterIssuer\"}"));
    assertThat(dnsNames(apart, "meshseal-server")).isEqualTo(sds);
    assertThat(dnsNames(apart, "meshseal-admin")).isEqualTo(admin);
  }

  @Test
  void startsTheServerWithTheseArguments() {
    assertThat(arguments(CHART.objects(List.of())))
        .containsExactly(
            "run",
            "--kubernetes",
            "--system-namespace=meshseal-system",
            "--token-audience=meshseal",
            "--listen=0.0.0.0:5690",
            "--admin=0.0.0.0:5691",
            "--admin-token-file=/run/meshseal/admin/token",
            "--tls-cert=/run/meshseal/tls/tls.crt",
            "--tls-key=/run/meshseal/tls/tls.key",
            "--data=/var/lib/meshseal/data",
            "--drain=5",
            "--log-level=info",
            "--log-format=json");
  }

  @Test
  void putsLabelsOfTheUsersOnObjectsAndNeverInPlaceOfItsOwn() {
    var objects =
        CHART.objects(
            List.of(
                "commonLabels={\"team\":\"all\",\"app.kubernetes.io/name\":\"other\"}",
                "podLabels={\"team\":\"pods\"}"));
    var deployment = named(objects, "Deployment", "meshseal");
    var pod = deployment.at("/spec/template/metadata/labels");

    assertThat(deployment.at("/metadata/labels/team").asString()).isEqualTo("all");
    assertThat(pod.path("team").asString()).isEqualTo("pods");
    assertThat(pod.path("app.kubernetes.io/name"))
        .isEqualTo(deployment.at("/spec/selector/matchLabels").path("app.kubernetes.io/name"))
        .hasToString("\"meshseal\"");
  }

  @Test
  void pinsTheImageByItsDigest() {
    var digest = "sha256:" + "a".repeat(64);
    var objects =
        CHART.objects(
            List.of(
                "image={\"registry\":\"registry.example\",\"digest\":\"%s\"}".formatted(digest)));

    assertThat(podOf(objects).path("containers").get(0).path("image").asString())
        .isEqualTo("registry.example/meshseal/meshseal@" + digest);
  }

  @Test
  void makesAnAdminTokenThatTheServerTakes() {
    var secret = named(CHART.objects(List.of()), "Secret", "meshseal-admin-token");
    var token =
        new String(
            java.util.Base64.getDecoder().decode(secret.path("data").path("token").asString()),
            java.nio.charset.StandardCharsets.US_ASCII);

    assertThat(token).matches("[A-Za-z0-9_-]{43}");
    assertThat(CHART.objects(List.of("admin.token.existingSecret=\"mine\"")))
        .noneMatch(object -> kind(object).equals("Secret"));
  }

  @Test
  void refusesUnknownValuesAtEveryLevel() {
    var schema = JsonMapper.shared().readTree(CHART.read("values.schema.json"));
    var open = new ArrayList<String>();
    collectOpen("", schema, open);

    // What Kubernetes judges itself, and the two keys that are the user's.
    assertThat(open)
        .containsExactlyInAnyOrder(
            "/definitions/kubernetes", "/properties/global", "/properties/extraObjects/items");
  }

  @Test
  void knowsTheSameValuesInTheFileAndInTheSchemaAndInTheDocs() {
    var schema = JsonMapper.shared().readTree(CHART.read("values.schema.json"));
    var values = Chart.documents(CHART.read("values.yaml")).getFirst();
    var inFile = new TreeSet<String>();
    collectPaths("", values, schema, schema, inFile);
    var inSchema = new TreeSet<String>();
    collectPaths("", schema, schema, inSchema);

    assertThat(inFile).isSubsetOf(inSchema);
    assertThat(topLevel(inFile)).isEqualTo(topLevel(inSchema));
    assertThat(documented()).isEqualTo(inFile);
  }

  @Test
  void carriesTheSameDefinitionAndTheSameAlerts() {
    assertThat(CHART.read("files/kuma.io_meshes.yaml"))
        .isEqualTo(Chart.read(Chart.inRepository("deploy/crd/kuma.io_meshes.yaml")));
    assertThat(CHART.read("files/alerts.yaml"))
        .isEqualTo(Chart.read(Chart.inRepository("deploy/prometheus/alerts.yaml")));
  }

  @Test
  void keepsTheDefinitionAsItIs() {
    var rendered =
        named(
            CHART.objects(List.of("crds.enabled=true")),
            "CustomResourceDefinition",
            "meshes.kuma.io");
    var file = Chart.documents(CHART.read("files/kuma.io_meshes.yaml")).getFirst();

    assertThat(rendered.path("spec")).isEqualTo(file.path("spec"));
    assertThat(rendered.path("metadata").path("annotations").path("helm.sh/resource-policy"))
        .hasToString("\"keep\"");
  }

  @Test
  void givesTheCaAKeyOfTheSizeThatItsAlgorithmHas() {
    assertThat(caKey()).isEqualTo("ECDSA 256");
    assertThat(caKey("certManager.ca.size=521")).isEqualTo("ECDSA 521");
    assertThat(caKey("certManager.ca.algorithm=\"RSA\"")).isEqualTo("RSA 3072");
    assertThat(caKey("certManager.ca={\"algorithm\":\"RSA\",\"size\":2048}")).isEqualTo("RSA 2048");
  }

  @Test
  void addsToTheConfOfTheMesh() {
    var conf =
        conf(
            OWN_ISSUER,
            "mesh.conf={\"commonName\":\"a\",\"dnsNames\":[\"b\"],\"leafKey\":{\"type\":\"RSA\"}}");

    assertThat(conf)
        .hasToString(
            "{\"commonName\":\"a\",\"dnsNames\":[\"b\"],\"issuerRef\":{\"group\":\"cert-manager.io\","
                + "\"kind\":\"ClusterIssuer\",\"name\":\"corp\"},\"leafKey\":{\"type\":\"RSA\"}}");
    assertThat(conf(PLAIN, SECRET, "mesh.conf.leafKey.type=\"RSA\""))
        .hasToString("{\"leafKey\":{\"type\":\"RSA\"}}");
    assertThat(conf(PLAIN, SECRET).isMissingNode()).isTrue();
    assertThat(conf(PLAIN, SECRET, "mesh.conf=null").isMissingNode()).isTrue();
  }

  private static JsonNode conf(String... values) {
    return named(CHART.objects(List.of(values)), "Mesh", "default")
        .at("/spec/mtls/backends/0/conf");
  }

  @Test
  void leavesTheUserAndTheGroupsToAClusterThatGivesThem() {
    var pod =
        podOf(
            CHART.objects(
                List.of(
                    "podSecurityContext.runAsUser=null",
                    "podSecurityContext.runAsGroup=null",
                    "podSecurityContext.fsGroup=null")));

    assertThat(pod.path("securityContext"))
        .hasToString("{\"runAsNonRoot\":true,\"seccompProfile\":{\"type\":\"RuntimeDefault\"}}");
  }

  @Test
  void leavesOutOfAStrategyWhatIsOfTheOther() {
    var recreate = CHART.objects(List.of("updateStrategy.type=\"Recreate\""));

    assertThat(named(recreate, "Deployment", "meshseal").at("/spec/strategy"))
        .hasToString("{\"type\":\"Recreate\"}");
    assertThat(
            named(CHART.objects(List.of()), "Deployment", "meshseal")
                .at("/spec/strategy/rollingUpdate/maxSurge")
                .asInt())
        .isEqualTo(1);
  }

  @Test
  void takesAPartOfALifeAsANumberAndAsAText() {
    for (var value : List.of("0.5", "\"0.5\"")) {
      assertThat(arguments(CHART.objects(List.of("server.renewAt=" + value))))
          .contains("--renew-at=0.5");
    }
  }

  @Test
  void saysOfAReleaseThatNoServiceCanBeNamedAfterIt() {
    var answer = CHART.templateOf("1.meshseal", List.of());

    assertThat(answer.exit()).isNotZero();
    assertThat(answer.output())
        .contains(
            "the name that comes of release '1.meshseal' is '1.meshseal', and no Service can have"
                + " it: a name is of a-z, 0-9 and -, and begins with a letter; set"
                + " fullnameOverride");
    CHART.templateOf("1.meshseal", List.of("fullnameOverride=\"meshseal\"")).requireZero();
  }

  private static String caKey(String... values) {
    var key =
        named(CHART.objects(List.of(values)), "Certificate", "meshseal-meshseal-system-ca")
            .at("/spec/privateKey");
    return key.path("algorithm").asString() + " " + key.path("size").asInt();
  }

  private static String longName() {
    return "nameOverride=\"%s\"".formatted("n".repeat(51));
  }

  private static Rendered rendered(String name, Map<String, Integer> kinds, String... values) {
    return new Rendered(name, List.of(values), kinds);
  }

  private static Refused refused(String name, String message, String... values) {
    return new Refused(name, List.of(values), message);
  }

  private static String kind(JsonNode object) {
    return object.path("kind").asString();
  }

  private static JsonNode named(List<JsonNode> objects, String kind, String name) {
    return objects.stream()
        .filter(object -> kind(object).equals(kind))
        .filter(object -> object.path("metadata").path("name").asString().equals(name))
        .findFirst()
        .orElseThrow(() -> new AssertionError("there is no %s '%s'".formatted(kind, name)));
  }

  private static JsonNode podOf(List<JsonNode> objects) {
    return named(objects, "Deployment", "meshseal").path("spec").path("template").path("spec");
  }

  private static List<String> identities(List<JsonNode> objects) {
    return objects.stream()
        .map(
            object ->
                String.join(
                    " ",
                    kind(object),
                    object.at("/metadata/namespace").asString(""),
                    object.at("/metadata/name").asString()))
        .toList();
  }

  private static List<String> ports(JsonNode service) {
    return service
        .at("/spec/ports")
        .valueStream()
        .map(port -> port.path("name").asString() + " " + port.path("port").asInt())
        .toList();
  }

  private static List<String> dnsNames(List<JsonNode> objects, String certificate) {
    return named(objects, "Certificate", certificate)
        .at("/spec/dnsNames")
        .valueStream()
        .map(JsonNode::asString)
        .toList();
  }

  private static List<String> arguments(List<JsonNode> objects) {
    return podOf(objects)
        .path("containers")
        .get(0)
        .path("args")
        .valueStream()
        .map(JsonNode::asString)
        .toList();
  }

  private static String issuerOf(JsonNode holder) {
    var issuer = holder.path("issuerRef");
    return String.join(
        " ",
        issuer.path("name").asString(),
        issuer.path("kind").asString(),
        issuer.path("group").asString());
  }

  /** One line for each resource of each rule that the server's account has. */
  private static List<String> rights(List<JsonNode> objects) {
    return objects.stream()
        .filter(object -> Set.of("Role", "ClusterRole").contains(kind(object)))
        .filter(object -> !object.path("metadata").path("name").asString().endsWith("-approver"))
        .flatMap(
            role ->
                role.path("rules")
                    .valueStream()
                    .flatMap(rule -> rights(where(role), rule).stream()))
        .toList();
  }

  private static String where(JsonNode role) {
    var namespace = role.path("metadata").path("namespace").asString("");
    return namespace.isEmpty() ? kind(role) : kind(role) + " " + namespace;
  }

  private static List<String> rights(String where, JsonNode rule) {
    var names = joined(rule, "resourceNames");
    var verbs = joined(rule, "verbs") + (names.isEmpty() ? "" : " (%s)".formatted(names));
    return rule.path("apiGroups")
        .valueStream()
        .flatMap(
            group ->
                rule.path("resources")
                    .valueStream()
                    .map(
                        resource ->
                            "%s: %s/%s %s"
                                .formatted(
                                    where,
                                    group.asString().isEmpty() ? "core" : group.asString(),
                                    resource.asString(),
                                    verbs)))
        .toList();
  }

  private static String joined(JsonNode rule, String field) {
    return String.join(",", rule.path(field).valueStream().map(JsonNode::asString).toList());
  }

  /** Where the schema takes an object of any fields, but for texts by name. */
  private static void collectOpen(String path, JsonNode schema, List<String> open) {
    var isObject =
        schema.path("type").asString("").equals("object")
            || schema.path("type").valueStream().anyMatch(type -> type.asString().equals("object"));
    var more = schema.path("additionalProperties");
    if (isObject && !more.isObject() && more.asBoolean(true)) {
      open.add(path);
    }
    for (var field : List.of("properties", "definitions")) {
      schema
          .path(field)
          .properties()
          .forEach(
              property ->
                  collectOpen(
                      path + "/" + field + "/" + property.getKey(), property.getValue(), open));
    }
    if (schema.has("items")) {
      collectOpen(path + "/items", schema.path("items"), open);
    }
  }

  /** The paths of the values of a file, down to where the schema has fields of its own. */
  private static void collectPaths(
      String path, JsonNode value, JsonNode schema, JsonNode root, Set<String> paths) {
    var fields = resolved(schema, root).path("properties");
    if (fields.isEmpty() || path.endsWith("Probe")) {
      paths.add(path);
      return;
    }
    value
        .properties()
        .forEach(
            field ->
                collectPaths(
                    join(path, field.getKey()),
                    field.getValue(),
                    fields.path(field.getKey()),
                    root,
                    paths));
  }

  private static void collectPaths(String path, JsonNode schema, JsonNode root, Set<String> paths) {
    var fields = resolved(schema, root).path("properties");
    if (fields.isEmpty() || path.endsWith("Probe")) {
      paths.add(path);
      return;
    }
    fields
        .properties()
        .forEach(field -> collectPaths(join(path, field.getKey()), field.getValue(), root, paths));
  }

  private static String join(String path, String name) {
    return path.isEmpty() ? name : path + "." + name;
  }

  private static JsonNode resolved(JsonNode schema, JsonNode root) {
    return schema.has("$ref") ? root.at(schema.path("$ref").asString().substring(1)) : schema;
  }

  private static Set<String> topLevel(Set<String> paths) {
    var names = new TreeSet<String>();
    paths.forEach(path -> names.add(path.split("\\.", 2)[0]));
    return names;
  }

  /** The values in the first column of the tables of the page. */
  private static Set<String> documented() {
    var names = new TreeSet<String>();
    var code = Pattern.compile("`([A-Za-z.]+)`");
    Chart.read(Chart.inRepository("docs/chart.md"))
        .lines()
        .filter(line -> line.startsWith("| `"))
        .map(line -> line.split("\\|", -1)[1])
        .forEach(cell -> code.matcher(cell).results().forEach(found -> names.add(found.group(1))));
    return names;
  }
}
