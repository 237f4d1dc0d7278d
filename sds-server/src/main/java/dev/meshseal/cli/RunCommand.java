package dev.meshseal.cli;

import dev.meshseal.issuance.Rotation;
import dev.meshseal.server.Listen;
import dev.meshseal.server.SdsServer;
import dev.meshseal.server.ServerConfig;
import dev.meshseal.server.ServerConfig.ServerTls;
import dev.meshseal.server.admin.LogFormat;
import dev.meshseal.server.admin.Logs;
import dev.meshseal.server.bootstrap.HostPort;
import dev.meshseal.server.files.DataDirectoryException;
import dev.meshseal.server.tls.ServerCertificateException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.function.Function;
import org.slf4j.event.Level;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code meshseal run}: the server. */
@Command(
    name = "run",
    description = "Serve certificates to the sidecars of every mesh, until SIGTERM or Ctrl-C.",
    defaultValueProvider = EnvironmentDefaults.class,
    footer = {
      "",
      "Each option has a variable: --renew-at is MESHSEAL_RENEW_AT; where an option may be given",
      "more than once, its variable separates the values by spaces.",
      "",
      "Examples:",
      "  meshseal run",
      "  meshseal run --resources ./meshes --data /var/lib/meshseal --listen 0.0.0.0:5690",
      "  meshseal run --listen unix:/run/meshseal/web-1.sock,as=default/web-1,uid=1000",
      "  MESHSEAL_RESOURCES=./meshes meshseal run",
      "  meshseal run --kubernetes --kubeconfig ~/.kube/config --system-namespace meshseal-system",
      "",
      "Exit codes: 0 stopped by a signal; 1 it could not start; 2 wrong usage."
    })
final class RunCommand implements Callable<Integer> {
  @Option(
      names = "--resources",
      paramLabel = "PATH",
      description =
          "A folder or file of Mesh, Secret and Dataplane documents, watched for changes; may be"
              + " given more than once. Without it: a Mesh 'default' with one builtin backend.")
  private List<String> resources = List.of();

  @Option(
      names = "--kubernetes",
      description =
          "Take Meshes and Secrets from a Kubernetes API server, and let pods in by their service"
              + " account tokens. Excludes --resources.")
  private boolean kubernetes;

  @Option(
      names = "--kubeconfig",
      paramLabel = "FILE",
      description =
          "How to reach the API server. Default: the pod's service account, else $KUBECONFIG, else"
              + " ~/.kube/config.")
  private Optional<Path> kubeconfig = Optional.empty();

  @Option(
      names = "--system-namespace",
      paramLabel = "NAME",
      description =
          "Where Secrets, builtin CAs and CertificateRequests are. Default: the pod's own namespace.")
  private Optional<String> systemNamespace = Optional.empty();

  @Option(
      names = "--token-audience",
      paramLabel = "NAME",
      defaultValue = "meshseal",
      description =
          "For whom the token of a pod's service account must be made. Default: ${DEFAULT-VALUE}.")
  private String tokenAudience = "meshseal";

  @Option(
      names = "--data",
      paramLabel = "DIR",
      defaultValue = "meshseal-data",
      description = "Where CAs, keys and state are kept. Default: ./${DEFAULT-VALUE}.")
  private Path data = Path.of("meshseal-data");

  @Option(
      names = "--listen",
      paramLabel = "HOST:PORT|unix:PATH[,as=MESH/NAME][,uid=N]",
      description =
          "Where to serve SDS; may be given more than once. A socket bound to a data plane by 'as'"
              + " needs no token. Default: 127.0.0.1:5690.")
  private List<String> listen = List.of();

  @Option(
      names = "--admin",
      paramLabel = "HOST:PORT",
      defaultValue = "127.0.0.1:5691",
      description =
          "Where health, metrics and inspection are; off loopback with TLS and the admin token."
              + " Default: ${DEFAULT-VALUE}.")
  private String admin = "";

  @Option(
      names = "--admin-token-file",
      paramLabel = "FILE",
      description =
          "Where the admin token is. Default: 'admin-token' in the data directory, made when it is"
              + " not there.")
  private Optional<Path> adminTokenFile = Optional.empty();

  @Option(
      names = "--admin-tls-cert",
      paramLabel = "FILE",
      description =
          "A certificate for the admin endpoints alone (PEM chain). Default: the server's own.")
  private Optional<Path> adminTlsCert = Optional.empty();

  @Option(names = "--admin-tls-key", paramLabel = "FILE", description = "The key of that one.")
  private Optional<Path> adminTlsKey = Optional.empty();

  @Option(
      names = "--files",
      paramLabel = "DIR",
      description =
          "A folder in which 'file' data sources may lie, beside the resources; may be given more"
              + " than once.")
  private List<String> files = List.of();

  @Option(
      names = "--plaintext",
      description = "Serve TCP without TLS; for loopback only, as tokens cross in the clear.")
  private boolean plaintext;

  @Option(
      names = "--server-name",
      paramLabel = "NAME",
      description =
          "A name or address by which sidecars call this server, for its certificate; may be given"
              + " more than once. Loopback and this machine's name are there anyway.")
  private List<String> serverNames = List.of();

  @Option(
      names = "--tls-ca-cert",
      paramLabel = "FILE",
      description = "Make the server's certificate under this CA (PEM chain) instead of its own.")
  private Optional<Path> tlsCaCert = Optional.empty();

  @Option(names = "--tls-ca-key", paramLabel = "FILE", description = "The key of that CA.")
  private Optional<Path> tlsCaKey = Optional.empty();

  @Option(
      names = "--tls-cert",
      paramLabel = "FILE",
      description = "Use this certificate (PEM chain), and no CA; reloaded when it changes.")
  private Optional<Path> tlsCert = Optional.empty();

  @Option(names = "--tls-key", paramLabel = "FILE", description = "The key of that certificate.")
  private Optional<Path> tlsKey = Optional.empty();

  @Option(
      names = "--kek-file",
      paramLabel = "FILE",
      description = "A key of 32 bytes, base64 or hex, that encrypts CA keys on disk.")
  private Optional<Path> kekFile = Optional.empty();

  @Option(
      names = "--token-public-key",
      paramLabel = "KID[@MESH]=FILE",
      description =
          "Accept tokens of another issuer, signed by this key (PEM), for one mesh or for all; may"
              + " be given more than once.")
  private List<String> publicKeys = List.of();

  @Option(
      names = "--renew-at",
      paramLabel = "FRACTION",
      defaultValue = "0.6667",
      description =
          "Renew a certificate when this part of its life has passed, give or take a tenth."
              + " Default: 2/3.")
  private double renewAt;

  @Option(
      names = "--max-connections",
      paramLabel = "N",
      defaultValue = "50000",
      description = "Connections a listener holds at most. Default: ${DEFAULT-VALUE}.")
  private int maxConnections;

  @Option(
      names = "--drain",
      paramLabel = "SECONDS",
      defaultValue = "5",
      description =
          "On SIGTERM, send streams elsewhere over so many seconds. Default: ${DEFAULT-VALUE}.")
  private int drain;

  @Option(
      names = "--log-format",
      paramLabel = "FORMAT",
      defaultValue = "text",
      description =
          "How log lines are written: ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
  private LogFormat logFormat = LogFormat.TEXT;

  @Option(
      names = "--log-level",
      paramLabel = "LEVEL",
      defaultValue = "info",
      description = "One of: ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
  private Level logLevel = Level.INFO;

  @Spec private CommandSpec spec = CommandSpec.create();

  private final Console console;

  RunCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    Logs.start(logFormat, logLevel);
    var config = config();
    var server = start(config);
    var stopped = new CountDownLatch(1);
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  server.stop();
                  stopped.countDown();
                },
                "meshseal-stop"));
    try {
      stopped.await();
    } catch (InterruptedException ended) {
      Thread.currentThread().interrupt();
      server.stop();
    }
    return ExitCode.DONE;
  }

  private static SdsServer start(ServerConfig config) {
    try {
      return SdsServer.start(config);
    } catch (DataDirectoryException | ServerCertificateException | IOException refused) {
      throw CliException.no(String.valueOf(refused.getMessage()), refused);
    }
  }

  /** All problems at once. */
  private ServerConfig config() {
    var problems = new ArrayList<String>(unknownVariables());
    var source = source(problems);
    var tls = tls(problems);
    requireBoth("--admin-tls-cert", adminTlsCert, "--admin-tls-key", adminTlsKey, problems);
    var adminTls =
        adminTlsCert.flatMap(cert -> adminTlsKey.map(key -> new ServerTls.Provided(cert, key)));
    var listeners = new ArrayList<Listen>();
    var addresses = given("--listen", listen);
    (addresses.isEmpty() ? List.of("127.0.0.1:5690") : addresses)
        .forEach(one -> parse(one, Listen::parse, problems).ifPresent(listeners::add));
    var adminAddress = parse(admin, HostPort::parse, problems);
    var rotation = parse(renewAt, Rotation::at, problems);
    if (!problems.isEmpty()) {
      throw CliException.wrongUsage(String.join("; ", problems));
    }
    try {
      return new ServerConfig(
          source,
          data,
          listeners,
          new ServerConfig.Admin(adminAddress.orElseThrow(), adminTls, adminTokenFile),
          paths("--files", files),
          plaintext,
          tls,
          kekFile,
          given("--token-public-key", publicKeys),
          rotation.orElseThrow(),
          maxConnections,
          Duration.ofSeconds(drain));
    } catch (IllegalArgumentException wrong) {
      throw CliException.wrongUsage(String.valueOf(wrong.getMessage()));
    }
  }

  private ServerConfig.Source source(List<String> problems) {
    var folders = paths("--resources", resources);
    if (!kubernetes) {
      kubeconfig.ifPresent(file -> problems.add("--kubeconfig is for --kubernetes; give both"));
      systemNamespace.ifPresent(
          name -> problems.add("--system-namespace is for --kubernetes; give both"));
      return new ServerConfig.Source.Folders(folders);
    }
    if (!folders.isEmpty()) {
      problems.add(
          "--resources and --kubernetes exclude each other: Meshes come from folders or from an API server");
    }
    if (tokenAudience.isBlank()) {
      problems.add("--token-audience must not be empty");
      return new ServerConfig.Source.Folders(folders);
    }
    return new ServerConfig.Source.Kubernetes(kubeconfig, systemNamespace, tokenAudience);
  }

  private static <T, R> Optional<R> parse(T value, Function<T, R> reader, List<String> problems) {
    try {
      return Optional.of(reader.apply(value));
    } catch (IllegalArgumentException wrong) {
      problems.add(String.valueOf(wrong.getMessage()));
      return Optional.empty();
    }
  }

  private List<Path> paths(String option, List<String> values) {
    return given(option, values).stream().map(Path::of).toList();
  }

  /** What was given on the command line, else in the variable. */
  private List<String> given(String option, List<String> values) {
    return values.isEmpty()
        ? console
            .variable(EnvironmentDefaults.variable(option))
            .map(text -> List.of(text.strip().split("\\s+")))
            .orElse(List.of())
        : values;
  }

  private ServerTls tls(List<String> problems) {
    var names = given("--server-name", serverNames);
    requireBoth("--tls-ca-cert", tlsCaCert, "--tls-ca-key", tlsCaKey, problems);
    requireBoth("--tls-cert", tlsCert, "--tls-key", tlsKey, problems);
    if (tlsCaCert.isPresent() && tlsCert.isPresent()) {
      problems.add("--tls-cert and --tls-ca-cert exclude each other: bring a certificate or a CA");
    }
    if (tlsCert.isPresent() && tlsKey.isPresent()) {
      return new ServerTls.Provided(tlsCert.get(), tlsKey.get());
    }
    if (tlsCaCert.isPresent() && tlsCaKey.isPresent()) {
      return new ServerTls.UnderProvidedCa(tlsCaCert.get(), tlsCaKey.get(), names);
    }
    return new ServerTls.Generated(names);
  }

  private static void requireBoth(
      String one,
      Optional<Path> first,
      String other,
      Optional<Path> second,
      List<String> problems) {
    if (first.isPresent() != second.isPresent()) {
      problems.add("%s and %s are given together, or neither".formatted(one, other));
    }
  }

  /** A variable that nothing reads is a setting that somebody believes in. */
  private List<String> unknownVariables() {
    var known = new TreeSet<String>();
    for (OptionSpec option : spec.options()) {
      known.add(EnvironmentDefaults.variable(option.longestName()));
    }
    return console.environment().keySet().stream()
        .filter(name -> name.startsWith("MESHSEAL_"))
        .filter(name -> !known.contains(name) && !EnvironmentDefaults.ELSEWHERE.contains(name))
        .sorted()
        .map(
            name ->
                "variable %s is no setting of 'run'; unset it, or see 'meshseal run --help'"
                    .formatted(name))
        .toList();
  }
}
