package dev.meshseal.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

class InjectCommandTest {
  private static final String POD =
      """
      apiVersion: v1
      kind: Pod
      metadata:
        name: %s
      spec:
        containers:
        - name: app
      """;
  private static final String SERVICE = "kind: Service\n";

  @TempDir private Path folder;

  @Test
  void takesAFolderInOrderAndStandardInput() throws Exception {
    Files.writeString(folder.resolve("b.yaml"), POD.formatted("b"));
    Files.writeString(folder.resolve("a.yml"), SERVICE);
    Files.writeString(folder.resolve("notes.txt"), "no YAML: [");

    var result =
        run(POD.formatted("c"), "-f", folder.toString(), "-f", "-", "--inbound", "8443:80");

    assertThat(result.exitCode()).isZero();
    assertThat(result.out()).startsWith(SERVICE + "---\napiVersion: v1\n");
    assertThat(result.out().indexOf("name: b")).isLessThan(result.out().indexOf("name: c"));
    assertThat(result.out().split("\n---\n", -1)).hasSize(3);
    assertThat(result.err()).isEmpty();
  }

  @Test
  void hasTheImageOfItsOwnVersionAndTheNamesOfTheChart() {
    var result = run(POD.formatted("a"), "-f", "-", "--inbound", "8443:80");

    assertThat(result.out())
        .contains("image: \"meshseal/meshseal:", "image: \"envoyproxy/envoy:v1.")
        .contains("--server=meshseal.meshseal.svc:5690", "name: meshseal-ca");
  }

  @Test
  void passesOptionsOnToTheBootstrap() {
    var result = withAllOptions("127.0.0.1:9000");

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err())
        .contains("port 9000 is given to --ready and to --outbound; each needs its own");

    var good = withAllOptions("9999");

    assertThat(good.out())
        .contains("--mode=permissive", "--delta", "--trust-domain=cluster.local")
        .contains("--outbound=9000=b@b.shop.svc:8443", "--ready=0.0.0.0:9999")
        .contains("secretName: tls", "image: \"r/m@sha256:ab\"");
  }

  private static Shell.Result withAllOptions(String ready) {
    return run(
        POD.formatted("a"),
        "-f",
        "-",
        "--inbound",
        "8443:80",
        "--mode",
        "permissive",
        "--delta",
        "--trust-domain",
        "cluster.local",
        "--outbound",
        "9000=b@b.shop.svc:8443",
        "--ready",
        ready,
        "--ca",
        "secret/tls",
        "--init-image",
        "r/m@sha256:ab");
  }

  @Test
  void everyWrongOptionIsToldAtOnce() {
    var result =
        run(
            "",
            "-f",
            "-",
            "--server",
            "x",
            "--ca",
            "y",
            "--inbound",
            "z",
            "--ready",
            "localhost:1");

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err())
        .contains("--server: must be HOST:PORT, got 'x'")
        .contains("--ca: must be configmap/NAME[:KEY] or secret/NAME[:KEY], got 'y'")
        .contains("--inbound: must be")
        .contains("--ready: a sidecar listens on an IP address, got 'localhost'");
  }

  @Test
  void whatTheBootstrapWouldRefuseIsRefusedHere() {
    var result =
        run(
            POD.formatted("a"),
            "-f",
            "-",
            "--inbound",
            "8443:80",
            "--server",
            "meshseal:0",
            "--mesh",
            "A",
            "--trust-domain",
            "BAD domain",
            "--token-audience",
            "");

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.out()).isEmpty();
    assertThat(result.err())
        .contains("--server: the server's port is 1 to 65535, got 'meshseal:0'")
        .contains("--mesh: must be 1 to 63 of a-z 0-9 and inner '-', got 'A'")
        .contains("--trust-domain: must be 1 to 255 of a-z 0-9 . - _, got 'BAD domain'")
        .contains("a token is for an audience, that of the server's --token-audience, got ''");
  }

  @Test
  void theOperatorSaysHowTheContainersRun() {
    var result =
        run(
            POD.formatted("a"),
            "-f",
            "-",
            "--inbound",
            "8443:80",
            "--run-as-user",
            "none",
            "--image-pull-policy",
            "IfNotPresent",
            "--cpu-request",
            "0.2",
            "--memory-request",
            "100Mi",
            "--memory-limit",
            "1Gi");

    assertThat(result.out())
        .contains("runAsNonRoot: true", "imagePullPolicy: IfNotPresent")
        .contains("cpu: \"0.2\"", "memory: \"100Mi\"", "memory: \"1Gi\"")
        .doesNotContain("runAsUser", "runAsGroup");
    assertThat(run(POD.formatted("a"), "-f", "-", "--inbound", "8443:80").out())
        .contains("runAsUser: 65532", "runAsGroup: 65532")
        .doesNotContain("imagePullPolicy");
  }

  @Test
  void aSidecarWithNothingToDoIsRefused() {
    assertThat(run(POD, "-f", "-").err()).contains("has nothing to do");
    assertThat(run(POD, "-f", "-", "--inbound", "8443:80", "--token-seconds", "60").err())
        .contains("a token lives 600 to 86400 s, got 60");
  }

  @Test
  void whatCannotBePrintsNothingAndExitsOne() {
    var host = POD.formatted("a").replace("spec:", "spec:\n  hostNetwork: true");

    var result = run(POD.formatted("b") + "---\n" + host, "-f", "-", "--inbound", "8443:80");

    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.out()).isEmpty();
    assertThat(result.err())
        .contains("meshseal: stdin:2: Pod 'a': it uses the network of its node");
  }

  @Test
  void whereThereIsNoWorkloadItSaysSo() {
    var result = run(SERVICE, "-f", "-", "--inbound", "8443:80");

    assertThat(result.out()).isEqualTo(SERVICE);
    assertThat(result.err()).contains("note: there is no workload to give a sidecar to");
  }

  @Test
  void whatIsToBeKnownIsOnStandardErrorAndNotInTheManifests() {
    var open = POD.formatted("a") + "    ports: [{containerPort: 80}]\n";

    var strict = run(open, "-f", "-", "--inbound", "8443:80");
    var permissive = run(open, "-f", "-", "--inbound", "8443:80", "--mode", "permissive");

    assertThat(strict.exitCode()).isZero();
    assertThat(strict.err()).startsWith("note: stdin:1: Pod 'a': its container 'app' has port 80");
    assertThat(strict.out()).doesNotContain("note:");
    assertThat(permissive.err()).isEmpty();
  }

  @Test
  void aFileThatIsNotThereIsNamed() {
    assertThat(run("", "-f", "/no/such", "--inbound", "8443:80").err())
        .contains("there is no file or folder '/no/such'");
  }

  static final List<String> PAGES = List.of("README.md", "docs/pods.md");

  @ParameterizedTest
  @FieldSource("PAGES")
  void everyInjectLineOfTheDocsGivesASidecar(String page) throws Exception {
    var lines = injectLines(Files.readString(Path.of("..").resolve(page)));

    assertThat(lines)
        .isNotEmpty()
        .allSatisfy(
            line -> {
              var words = line.replaceFirst("-f \\S+", "-f -").split(" ", -1);
              var result = run(POD.formatted("a"), words);
              assertThat(result.err()).isEmpty();
              assertThat(result.out()).contains("name: meshseal-envoy");
            });
  }

  private static List<String> injectLines(String page) {
    return Pattern.compile("meshseal inject (-f [^|\n`]+) \\| kubectl")
        .matcher(page.replace("\\\n", ""))
        .results()
        .map(found -> found.group(1))
        .toList();
  }

  @Test
  void theFirstStepsMakeWhatTheSidecarsVerifyTheServerBy() throws Exception {
    assertThat(Files.readString(Path.of("../README.md")))
        .containsSubsequence(
            "get secret meshseal-server-tls", "create configmap meshseal-ca", "meshseal inject");
  }

  private static Shell.Result run(String input, String... arguments) {
    var all = new ArrayList<>(List.of("inject"));
    all.addAll(List.of(arguments));
    return new Shell(Map.of(), input).run(all.toArray(String[]::new));
  }
}
