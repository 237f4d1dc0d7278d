package dev.meshseal.cli;

import dev.meshseal.server.bootstrap.EnvoyBootstrap;
import dev.meshseal.server.bootstrap.HostPort;
import dev.meshseal.server.bootstrap.SdsEndpoint;
import dev.meshseal.server.bootstrap.Sidecar;
import dev.meshseal.server.inject.CaReference;
import dev.meshseal.server.inject.Injection;
import dev.meshseal.server.inject.InjectionException;
import dev.meshseal.server.inject.Manifests;
import dev.meshseal.server.inject.PodToken;
import dev.meshseal.server.inject.Traffic;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code meshseal inject}. */
@Command(
    name = "inject",
    description = {
      "Print manifests with the sidecar in every workload; nothing is contacted.",
      "",
      "Pods, Deployments, StatefulSets, DaemonSets, ReplicaSets, Jobs and CronJobs get the Envoy",
      "container, a step that writes its bootstrap, and the volume with the pod's token. All other",
      "documents come out as they went in. Doing it twice is the same as doing it once.",
      "",
      "Nothing redirects traffic: an application that listens on the pod's address can still be",
      "reached there in plaintext. Notes on standard error name such ports, and what was left alone."
    },
    footer = {
      "",
      "Examples:",
      "  meshseal inject -f web.yaml --mesh default --inbound 8443:8080 | kubectl apply -f -",
      "  kubectl get deployment web -o yaml | meshseal inject -f - --inbound 8443:8080 \\",
      "    --outbound 9000=backend_shop_svc_8443@backend.shop.svc:8443",
      "",
      "A pod with annotation meshseal.dev/inject: \"false\" is left as it is."
    })
final class InjectCommand implements Runnable {
  private static final int DEPTH = 8;
  private static final int MAX_FILE = 16 << 20;
  private static final List<String> ENDINGS = List.of(".yaml", ".yml", ".json");

  @Option(
      names = {"-f", "--file"},
      paramLabel = "FILE|DIR|-",
      required = true,
      description =
          "The manifests: a file, a folder of .yaml, .yml and .json files, or - for standard"
              + " input. May be given more than once.")
  private List<String> files = List.of();

  @Option(
      names = "--mesh",
      paramLabel = "M",
      description =
          "The mesh, written as label kuma.io/mesh of the pod (default: that label, else default).")
  private @Nullable String mesh;

  @Option(
      names = "--server",
      paramLabel = "HOST:PORT",
      defaultValue = "meshseal.meshseal.svc:5690",
      description = "Where the pods find the server (default: ${DEFAULT-VALUE}).")
  private String server = "";

  @Option(
      names = "--ca",
      paramLabel = "configmap|secret/NAME[:KEY]",
      defaultValue = "configmap/meshseal-ca",
      description =
          "Where a pod finds the authority of the server's certificate, in its own namespace"
              + " (default: ${DEFAULT-VALUE}:ca.crt).")
  private String ca = "";

  @Option(
      names = "--ready",
      paramLabel = "[ADDRESS:]PORT",
      defaultValue = "9902",
      description =
          "Where the kubelet asks whether the sidecar is ready (default: ${DEFAULT-VALUE}).")
  private String ready = "";

  @Option(
      names = "--token-audience",
      paramLabel = "AUDIENCE",
      defaultValue = "meshseal",
      description = "The audience of the pod's token (default: ${DEFAULT-VALUE}).")
  private String audience = "";

  @Option(
      names = "--token-seconds",
      paramLabel = "N",
      defaultValue = "3600",
      description =
          "How long a token of the pod lives; the kubelet renews it (default: ${DEFAULT-VALUE}).")
  private int tokenSeconds;

  @Mixin private ContainerOptions containers = new ContainerOptions();
  @Mixin private SidecarOptions options = new SidecarOptions();

  private final Console console;

  InjectCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    var manifests = new Manifests(injection());
    var texts = new ArrayList<String>();
    try {
      for (var file : files.stream().flatMap(this::inputs).toList()) {
        texts.add(manifests.inject(file.name(), file.text()));
      }
    } catch (InjectionException refused) {
      throw CliException.no(String.join("; ", refused.sentences()), refused);
    }
    console.out().print(Manifests.join(texts));
    manifests.notes().forEach(note -> console.note("note: " + note));
    if (manifests.workloads() == 0) {
      console.note("note: there is no workload to give a sidecar to");
    }
  }

  private Injection injection() {
    var problems = new Problems();
    var named = problems.flag("--mesh", () -> Optional.ofNullable(mesh).map(InjectCommand::named));
    var at = problems.flag("--server", () -> server(server));
    var trusted = problems.flag("--ca", () -> CaReference.parse(ca));
    var token = problems.flag("inject", () -> new PodToken(audience, tokenSeconds));
    var run = containers.containers(problems);
    var flow = traffic(problems);
    problems.throwIfAny();
    var added = problems.flag("inject", run::get);
    var traffic = problems.flag("inject", flow::get);
    problems.throwIfAny();
    return new Injection(
        named.orElseThrow(),
        at.orElseThrow(),
        trusted.orElseThrow(),
        traffic.orElseThrow(),
        token.orElseThrow(),
        added.orElseThrow());
  }

  private static String named(String mesh) {
    Sidecar.requireMesh(mesh);
    return mesh;
  }

  private static HostPort server(String text) {
    var address = HostPort.parse(text);
    SdsEndpoint.requirePort(address);
    return address;
  }

  private Supplier<Traffic> traffic(Problems problems) {
    var in = options.inbound(problems);
    var out = options.outbounds(problems);
    var domain = options.trustDomain(problems);
    var probe = problems.flag("--ready", () -> EnvoyBootstrap.ready(ready));
    return () ->
        new Traffic(
            in.orElseThrow(),
            out.orElseThrow(),
            domain.orElseThrow(),
            options.delivery(),
            probe.orElseThrow());
  }

  // What there is to read

  private record Input(String name, String text) {}

  private Stream<Input> inputs(String name) {
    try {
      if (name.equals("-")) {
        return Stream.of(input("stdin", console.in()));
      }
      var path = Path.of(name);
      if (!Files.exists(path)) {
        throw CliException.no("there is no file or folder '%s'".formatted(name));
      }
      var inputs = new ArrayList<Input>();
      for (var file : Files.isDirectory(path) ? folder(path) : List.of(path)) {
        try (var stream = Files.newInputStream(file)) {
          inputs.add(input(file.toString(), stream));
        }
      }
      return inputs.stream();
    } catch (IOException unreadable) {
      throw new UncheckedIOException("'%s' cannot be read".formatted(name), unreadable);
    }
  }

  private static List<Path> folder(Path folder) throws IOException {
    try (var entries = Files.walk(folder, DEPTH, FileVisitOption.FOLLOW_LINKS)) {
      var found =
          entries
              .filter(file -> ENDINGS.stream().anyMatch(file.toString()::endsWith))
              .filter(Files::isRegularFile)
              .sorted()
              .toList();
      if (found.isEmpty()) {
        throw CliException.no(
            "folder '%s' holds no file that ends in .yaml, .yml or .json".formatted(folder));
      }
      return found;
    }
  }

  private static Input input(String name, InputStream stream) throws IOException {
    var bytes = stream.readNBytes(MAX_FILE + 1);
    if (bytes.length > MAX_FILE) {
      throw CliException.no("'%s' has more than %d bytes; split it".formatted(name, MAX_FILE));
    }
    try {
      return new Input(
          name, StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString());
    } catch (CharacterCodingException binary) {
      throw CliException.no("'%s' is not UTF-8".formatted(name), binary);
    }
  }
}
