package dev.meshseal.server.inject;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.meshseal.mesh.Backend;
import dev.meshseal.server.bootstrap.Delivery;
import dev.meshseal.server.bootstrap.HostPort;
import dev.meshseal.server.bootstrap.Inbound;
import dev.meshseal.server.bootstrap.Outbound;
import dev.meshseal.server.inject.Containers.Placement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

class ManifestsTest {
  private static final String POD =
      """
      apiVersion: v1
      kind: Pod
      metadata:
        name: web
      spec:
        containers:
        - name: web
          image: web:1
      """;

  record Kind(String name, String yaml, List<String> path) {
    @Override
    public String toString() {
      return name;
    }
  }

  static final List<Kind> KINDS =
      List.of(
          new Kind("Pod", POD, List.of()),
          templated("v1", "ReplicationController"),
          templated("apps/v1", "Deployment"),
          templated("apps/v1", "StatefulSet"),
          templated("apps/v1", "DaemonSet"),
          templated("apps/v1", "ReplicaSet"),
          templated("batch/v1", "Job"),
          new Kind(
              "CronJob",
              """
              apiVersion: batch/v1
              kind: CronJob
              metadata:
                name: web
              spec:
                jobTemplate:
                  spec:
                    template:
                      spec:
                        containers:
                        - name: web
                          image: web:1
              """,
              List.of("spec", "jobTemplate", "spec", "template")));

  private static Kind templated(String version, String kind) {
    var yaml =
        """
        apiVersion: %s
        kind: %s
        metadata:
          name: web
        spec:
          template:
            metadata:
              labels: {app: web}
            spec:
              containers:
              - name: web
                image: web:1
        """
            .formatted(version, kind);
    return new Kind(kind, yaml, List.of("spec", "template"));
  }

  @ParameterizedTest
  @FieldSource("KINDS")
  void everyKindOfWorkloadGetsTheSidecar(Kind kind) {
    var pod = at(only(inject(kind.yaml())), kind.path());

    assertThat(names(pod, "initContainers"))
        .containsExactly("meshseal-bootstrap", "meshseal-envoy");
    assertThat(names(pod, "containers")).containsExactly("web");
    assertThat(names(pod, "volumes"))
        .containsExactly("meshseal-ca", "meshseal-token", "meshseal-envoy", "meshseal-tmp");
    assertThat(at(pod, List.of("metadata", "labels"))).containsEntry("kuma.io/mesh", "default");
  }

  @ParameterizedTest
  @FieldSource("KINDS")
  void doingItTwiceIsTheSameAsOnce(Kind kind) {
    var once = inject(kind.yaml());

    assertThat(inject(once)).isEqualTo(once);
  }

  @Test
  void theBootstrapIsWrittenForThePodByItsOwnNameWithoutAShell() {
    var step = items(at(only(inject(POD)), List.of("spec")), "initContainers").getFirst();

    assertThat(step.get("command")).isNull();
    assertThat(step.get("args"))
        .asInstanceOf(org.assertj.core.api.InstanceOfAssertFactories.LIST)
        .containsExactly(
            "bootstrap",
            "--mesh=default",
            "--name=$(POD_NAME).$(POD_NAMESPACE)",
            "--server=meshseal.meshseal.svc:5690",
            "--ca=/run/meshseal/ca/ca.crt",
            "--token-file=/var/run/secrets/meshseal/token",
            "--reload-token",
            "--inbound=0.0.0.0:8443:8080",
            "--outbound=9000=api_shop_svc_80@api.shop.svc:8443",
            "--envoy-admin=127.0.0.1:9901",
            "--ready=0.0.0.0:9902",
            "--output=/run/meshseal/envoy/envoy.yaml");
  }

  @Test
  void theTokenIsForUsAndNoContainerRunsAsRootOrWritesItsImage() {
    var spec = at(only(inject(POD)), List.of("spec"));

    assertThat(items(spec, "volumes").get(1).toString())
        .contains("audience=meshseal", "expirationSeconds=3600", "path=token");
    assertThat(items(spec, "initContainers"))
        .hasSize(2)
        .allSatisfy(
            container ->
                assertThat(at(container, List.of("securityContext")))
                    .containsEntry("runAsNonRoot", true)
                    .containsEntry("allowPrivilegeEscalation", false)
                    .containsEntry("readOnlyRootFilesystem", true));
  }

  @Test
  void theVolumeOfTheBootstrapHoldsOneOfManyOutbounds() {
    var volume = items(at(only(inject(POD)), List.of("spec")), "volumes").get(2);

    // One of 150 outbounds has 1.4 MB.
    assertThat(at(volume, List.of("emptyDir"))).containsEntry("sizeLimit", "16Mi");
  }

  @Test
  void aChangedOptionChangesWhatIsThere() {
    var before = inject(POD);

    var after =
        new Manifests(injection(Optional.of("blue"), Placement.SIDECAR, "envoy:2"))
            .inject("x", before);

    assertThat(after).contains("kuma.io/mesh: blue", "--mesh=blue").doesNotContain("envoy:1");
    assertThat(names(at(only(after), List.of("spec")), "initContainers")).hasSize(2);
  }

  @Test
  void theSidecarMovesWhereItIsToBe() {
    var beside =
        new Manifests(injection(Optional.empty(), Placement.CONTAINER, "envoy:1"))
            .inject("x", inject(POD));
    var spec = at(only(beside), List.of("spec"));

    assertThat(names(spec, "initContainers")).containsExactly("meshseal-bootstrap");
    assertThat(names(spec, "containers")).containsExactly("web", "meshseal-envoy");
    assertThat(inject(beside)).isEqualTo(inject(inject(POD)));
  }

  @Test
  void theLabelOfThePodNamesTheMeshUnlessTheOperatorDoes() {
    var labelled = POD.replace("  name: web\nspec", "  labels: {kuma.io/mesh: red}\nspec");

    assertThat(inject(labelled)).contains("--mesh=red");
    assertThat(
            new Manifests(injection(Optional.of("blue"), Placement.SIDECAR, "envoy:1"))
                .inject("x", labelled))
        .contains("--mesh=blue")
        .doesNotContain("red");
  }

  @Test
  void documentsThatAreNoWorkloadsComeOutByteByByte() {
    var service =
        """
        # of the shop
        apiVersion: v1
        kind:   Service
        metadata: { name: "web" }   # odd
        spec: {ports: [{port: 80}],
               selector: {app: 'web'}}
        """;
    var config = "---\n# Source: x\nkind: ConfigMap\ndata:\n  a: |\n    --x\n  yes: 010\n";

    assertThat(inject(service + config)).isEqualTo(service + config);
    assertThat(inject(service + "---\n" + POD + config))
        .startsWith(service + "---\n")
        .endsWith(config);
  }

  @Test
  void aWorkloadKeepsItsCommentsItsOrderAndHowItsValuesAreWritten() {
    var written =
        """
        # the shop's front
        apiVersion: apps/v1
        kind: Deployment
        metadata:
          name: web # short
        spec:
          replicas: 2
          template:
            metadata:
              annotations:
                quoted: "yes"
                plain: on
                octal: 010
            spec:
              containers:
              # ours
              - name: web
                command: ['sh', -c, "echo 1"]
                args:
                - |
                  line 1
                  line 2
        """;

    var out = inject(written);

    for (var line : written.split("\n", -1)) {
      assertThat(out).contains(line.strip().replaceFirst("^- ", ""));
    }
    assertThat(out.indexOf("replicas")).isLessThan(out.indexOf("template"));
  }

  record Commented(String name, String field, String kept) {
    @Override
    public String toString() {
      return name;
    }
  }

  static final List<Commented> COMMENTED =
      List.of(
          new Commented("empty list", "volumes: [] # none", "  volumes: # none\n"),
          new Commented("empty steps", "initContainers: [] # none", "  initContainers: # none\n"),
          new Commented("no value", "volumes: # none", "  volumes: # none\n"),
          new Commented("null", "volumes: ~ # none", "  volumes: # none\n"),
          new Commented("list in brackets", "volumes: [{name: v}] # one", "}] # one\n"),
          new Commented(
              "within brackets",
              "volumes: [{name: v}, # one\n    {name: w}] # all",
              "  volumes: # all\n    - {name: v} # one\n    - {name: w}\n"),
          new Commented(
              "before an item in brackets",
              "volumes:\n  - name: v\n    # one\n  - {name: w}",
              "  - # one\n    name: w\n"),
          new Commented(
              "within an item",
              "volumes:\n  - {name: v, # one\n     emptyDir: {}} # all",
              "  - # all\n    name: v # one\n    emptyDir: {}\n"));

  @ParameterizedTest
  @FieldSource("COMMENTED")
  void aCommentIsKeptWhereTheSidecarIsPut(Commented commented) {
    var pod = POD.replace("spec:\n", "spec:\n  " + commented.field() + "\n");

    var out = inject(pod);

    assertThat(out).contains(commented.kept());
    assertThat(names(only(out), "initContainers")).hasSize(2);
    assertThat(inject(out)).isEqualTo(out);
  }

  @Test
  void aCommentBehindNoLabelsIsKept() {
    assertThat(inject(POD.replace("  name: web\nspec", "  labels: {} # none\nspec")))
        .contains("  labels: # none\n    kuma.io/mesh: default\n");
    assertThat(inject(POD.replace("  name: web\nspec", "  labels: {kuma.io/mesh: a} # mine\nspec")))
        .contains("labels: {kuma.io/mesh: a} # mine\n");
  }

  static final List<String> NO_WORKLOADS =
      List.of(
          "args: [ # c\n  # d\n  a]\n",
          "args: { # c\n  # d\n  a: b}\n",
          "%YAML 1.2\n---\nkind: ConfigMap\n",
          "a: 1\n...\n# c\n%YAML 1.2\n--- # d\nb: 2\n...\n---\nc: 3");

  @ParameterizedTest
  @FieldSource("NO_WORKLOADS")
  void oddDocumentsThatAreNoWorkloadsComeOutByteByByte(String text) {
    assertThat(inject(text)).isEqualTo(text);
    assertThat(inject(POD + "---\n" + (text.startsWith("%") ? "a: 1\n...\n" : "") + text))
        .endsWith(text);
  }

  @Test
  void theDirectivesOfAWorkloadStayBeforeIt() {
    var directed = "%YAML 1.2\n---\n" + POD;

    assertThat(inject(directed)).isEqualTo("%YAML 1.2\n---\n" + inject(POD));
    assertThat(inject("--- # first\n" + POD + "...\n" + directed + "---\n" + POD))
        .isEqualTo(
            "--- # first\n" + inject(POD) + "...\n" + inject(directed) + "---\n" + inject(POD));
    assertThat(Manifests.join(List.of("a: 1\n", directed))).isEqualTo("a: 1\n...\n" + directed);
  }

  @Test
  void jsonComesOutAsYaml() {
    var json =
        """
        {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"},
         "spec": {"containers": [{"name": "web", "args": []}]}}
        """;

    var out = inject(json);

    assertThat(out).contains("\"kind\": \"Pod\"\n").contains("- name: meshseal-bootstrap");
    assertThat(inject(out)).isEqualTo(out);
  }

  @Test
  void everyWorkloadOfAListIsGivenOne() {
    var list =
        """
        apiVersion: v1
        kind: List
        items:
        - apiVersion: v1
          kind: Pod
          metadata: {name: a}
          spec: {containers: [{name: a}]}
        - apiVersion: v1
          kind: Service
          metadata: {name: s}
        - apiVersion: v1
          kind: Pod
          metadata: {name: b}
          spec:
            containers:
            - name: b
        """;

    var items = items(only(inject(list)), "items");

    assertThat(items).hasSize(3);
    assertThat(names(at(items.getFirst(), List.of("spec")), "initContainers")).hasSize(2);
    assertThat(items.get(1).toString()).doesNotContain("meshseal");
    assertThat(names(at(items.getLast(), List.of("spec")), "initContainers")).hasSize(2);
  }

  @Test
  void theItemsOfATypedListNeedNotSayWhatTheyAre() {
    var list =
        """
        apiVersion: apps/v1
        kind: DeploymentList
        items:
        - metadata: {name: a}
          spec: {template: {spec: {containers: [{name: a}]}}}
        """;

    var deployment = items(only(inject(list)), "items").getFirst();

    assertThat(names(at(deployment, List.of("spec", "template")), "initContainers")).hasSize(2);
  }

  @Test
  void aListWithinItselfIsReadOnce() {
    var list = "&a\napiVersion: v1\nkind: List\nitems:\n- *a\n";

    assertThat(inject(list)).isEqualTo(list);
  }

  record PassedOver(String name, String yaml, String note) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static final String TEMPLATE =
      "  template: {spec: {containers: [{name: a, image: a}]}}\n";

  static final List<PassedOver> PASSED_OVER =
      List.of(
          new PassedOver(
              "pod template",
              "apiVersion: v1\nkind: PodTemplate\nmetadata: {name: a}\n" + TEMPLATE.strip() + "\n",
              "PodTemplate 'a' is left as it is: it runs pods, but inject does not know"
                  + " 'PodTemplate' of 'v1'"),
          new PassedOver(
              "rollout",
              "apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {name: a}\nspec:\n"
                  + TEMPLATE,
              "Rollout 'a' is left as it is: it runs pods, but inject does not know 'Rollout' of"
                  + " 'argoproj.io/v1alpha1'; write the sidecar into it by hand"),
          new PassedOver(
              "rollouts",
              "apiVersion: argoproj.io/v1alpha1\nkind: RolloutList\nitems:\n"
                  + "- metadata: {name: b}\n  spec:\n  "
                  + TEMPLATE,
              "Rollout 'b' is left as it is"),
          new PassedOver(
              "no template",
              "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec: {replicas: 2}\n",
              "Deployment 'a' is left as it is: it has no spec.template, and so no pod"));

  @ParameterizedTest
  @FieldSource("PASSED_OVER")
  void whatRunsPodsAndIsPassedOverIsNamed(PassedOver passedOver) {
    var manifests = manifests();

    assertThat(manifests.inject("x", passedOver.yaml())).isEqualTo(passedOver.yaml());
    assertThat(manifests.notes())
        .singleElement()
        .asString()
        .startsWith("x:1: " + passedOver.note());
  }

  @Test
  void anOpenPortOfTheApplicationIsNamed() {
    var manifests = manifests();
    var open = POD + "    ports: [{containerPort: 8080}, {containerPort: 9090}]\n";

    manifests.inject("x", manifests.inject("x", open));

    assertThat(manifests.notes())
        .hasSize(2)
        .allSatisfy(
            note ->
                assertThat(note)
                    .isEqualTo(
                        "x:1: Pod 'web': its container 'web' has port 8080, where others may reach"
                            + " it past the sidecar, in plaintext; let it listen on 127.0.0.1"
                            + " alone, or let only port 8443 in by a NetworkPolicy"));
  }

  @Test
  void whoAsksToBeLeftAloneIs() {
    var alone =
        POD.replace("  name: web\nspec", "  annotations: {meshseal.dev/inject: \"false\"}\nspec");
    var manifests = manifests();

    assertThat(manifests.inject("web.yaml", alone)).isEqualTo(alone);
    assertThat(manifests.workloads()).isZero();
    assertThat(manifests.notes()).containsExactly("web.yaml:1: Pod '' asks to be left alone");
  }

  record Impossible(String name, String yaml, String sentence) {
    @Override
    public String toString() {
      return name;
    }
  }

  static final List<Impossible> IMPOSSIBLE =
      List.of(
          new Impossible(
              "host network",
              POD.replace("spec:", "spec:\n  hostNetwork: true"),
              "x:1: Pod 'web': it uses the network of its node (hostNetwork)"),
          new Impossible(
              "windows",
              POD.replace("spec:", "spec:\n  os: {name: windows}"),
              "it runs on Windows"),
          new Impossible(
              "windows by its nodes",
              POD.replace("spec:", "spec:\n  nodeSelector: {kubernetes.io/os: windows}"),
              "it runs on Windows"),
          new Impossible(
              "a volume of their own",
              POD + "  volumes:\n  - name: meshseal-token\n    secret: {secretName: mine}\n",
              "Pod 'web': its volume 'meshseal-token' has a name that the sidecar needs and was not"
                  + " put there by inject; rename it"),
          new Impossible(
              "a container of their own",
              POD + "  - name: meshseal-envoy\n    image: mine\n",
              "its container 'meshseal-envoy' has a name that the sidecar needs"),
          new Impossible(
              "a step of their own",
              POD + "  initContainers:\n  - name: meshseal-bootstrap\n    args: [mine]\n",
              "its container 'meshseal-bootstrap' has a name that the sidecar needs"),
          new Impossible(
              "inbound port",
              POD + "    ports: [{containerPort: 8443}]\n",
              "its container 'web' has port 8443, which is that of --inbound; choose another"),
          new Impossible(
              "probe's port",
              POD + "    ports: [{containerPort: 9902}]\n",
              "has port 9902, which is that of --ready"),
          new Impossible(
              "no containers",
              POD.substring(0, POD.indexOf("  containers")) + "  {}\n",
              "it has no container of its own"),
          new Impossible(
              "odd mesh",
              POD.replace("  name: web\nspec", "  name: web\n  labels: {kuma.io/mesh: A.b}\nspec"),
              "label kuma.io/mesh must be 1 to 63 of a-z 0-9 and inner '-', got 'A.b'"),
          new Impossible(
              "alias",
              """
              apiVersion: v1
              kind: Pod
              metadata: {name: web}
              spec:
                containers: &c
                - name: web
                ephemeralContainers: *c
              """,
              "is written by a YAML alias; write it out"),
          new Impossible(
              "merge",
              """
              apiVersion: v1
              kind: Pod
              metadata: {name: web}
              spec:
                <<: {dnsPolicy: Default}
                containers:
                - name: web
              """,
              "is written by a YAML alias; write it out"),
          new Impossible(
              "comment in a list",
              POD + "    args: [ # c\n      # d\n      a]\n",
              "x:1: Pod 'web': a comment stands where it cannot be kept; write each on a line of its"
                  + " own, outside of [ ] and { }"),
          new Impossible(
              "comment in a mapping",
              POD + "    env: { # c\n      # d\n      a: b}\n",
              "x:1: Pod 'web': a comment stands where it cannot be kept"),
          new Impossible("no YAML", "kind: [", "x:1: is not YAML"),
          new Impossible("a key twice", POD + "kind: Pod\n", "key 'kind' stands twice"),
          new Impossible("too deep", "a: " + "[".repeat(5_000), "more than 100 levels deep"));

  @ParameterizedTest
  @FieldSource("IMPOSSIBLE")
  void whatCannotBeIsRefusedWithASentence(Impossible impossible) {
    assertThatThrownBy(() -> inject(impossible.yaml()))
        .isInstanceOf(InjectionException.class)
        .hasMessageContaining(impossible.sentence());
  }

  @Test
  void aJobBesideAContainerThatNeverEndsIsRefused() {
    var manifests = new Manifests(injection(Optional.empty(), Placement.CONTAINER, "envoy:1"));
    var job = KINDS.stream().filter(kind -> kind.name().equals("Job")).findFirst().orElseThrow();

    assertThatThrownBy(() -> manifests.inject("x", job.yaml()))
        .hasMessageContaining("Job 'web': it would never end");
    assertThatThrownBy(
            () -> manifests.inject("x", POD.replace("spec:", "spec:\n  restartPolicy: Never")))
        .hasMessageContaining("Pod 'web': it would never end");
  }

  @Test
  void everythingThatCannotBeIsToldAtOnce() {
    var two =
        POD.replace("spec:", "spec:\n  hostNetwork: true\n  os: {name: windows}")
            + "---\n"
            + POD.replace("spec:", "spec:\n  hostNetwork: true");

    assertThatThrownBy(() -> inject(two))
        .isInstanceOfSatisfying(
            InjectionException.class, refused -> assertThat(refused.sentences()).hasSize(3));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "\n", "# only words\n", "---\n", "--- {}\n", "42\n", "- a\n"})
  void whatIsNoObjectComesOutAsItWentIn(String text) {
    assertThat(inject(text)).isEqualTo(text);
  }

  @ParameterizedTest
  @FieldSource("KINDS")
  void windowsLineEndsAreTaken(Kind kind) {
    assertThat(only(inject(kind.yaml().replace("\n", "\r\n"))))
        .isEqualTo(only(inject(kind.yaml())));
  }

  private static Manifests manifests() {
    return new Manifests(injection(Optional.empty(), Placement.SIDECAR, "envoy:1"));
  }

  private static String inject(String yaml) {
    return manifests().inject("x", yaml);
  }

  private static Injection injection(Optional<String> mesh, Placement placement, String image) {
    return new Injection(
        mesh,
        HostPort.parse("meshseal.meshseal.svc:5690"),
        CaReference.parse("configmap/meshseal-ca"),
        new Traffic(
            Optional.of(Inbound.parse("8443:8080", Backend.Mode.STRICT)),
            List.of(Outbound.parse("9000=api_shop_svc_80@api.shop.svc:8443")),
            Optional.empty(),
            Delivery.SOTW,
            HostPort.parse("0.0.0.0:9902")),
        new PodToken("meshseal", 3600),
        new Containers(
            placement,
            image,
            "meshseal:1",
            Optional.empty(),
            RunAs.parse("65532"),
            new Resources("50m", "64Mi", "512Mi")));
  }

  private static Map<?, ?> only(String yaml) {
    var load = new Load(LoadSettings.builder().build());
    var documents = new ArrayList<Object>();
    StreamSupport.stream(load.loadAllFromString(yaml).spliterator(), false).forEach(documents::add);
    assertThat(documents).hasSize(1);
    return (Map<?, ?>) documents.getFirst();
  }

  private static Map<Object, Object> at(Map<?, ?> document, List<String> path) {
    Map<?, ?> at = document;
    for (var step : path) {
      at = (Map<?, ?>) Objects.requireNonNull(at.get(step), step);
    }
    return new java.util.HashMap<>(at);
  }

  private static List<Map<?, ?>> items(Map<?, ?> map, String list) {
    var items = new ArrayList<Map<?, ?>>();
    ((List<?>) Objects.requireNonNull(map.get(list), list))
        .forEach(item -> items.add((Map<?, ?>) item));
    return items;
  }

  private static List<Object> names(Map<?, ?> pod, String list) {
    var spec = pod.containsKey("spec") ? at(pod, List.of("spec")) : pod;
    var names = new ArrayList<Object>();
    items(spec, list).forEach(item -> names.add(item.get("name")));
    return names;
  }
}
