package dev.meshseal.benchmarks.fleet;

import io.netty.handler.ssl.SslContext;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.function.IntFunction;
import picocli.CommandLine;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** The command line of the fleet. */
@Command(
    name = "fleet",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    usageHelpWidth = 100,
    description = {
      "Plays N Envoy sidecars against any server of the secret discovery service (SDS) and measures"
          + " it: time to the first secret, streams opened and secrets pushed a second of the"
          + " server's CPU, memory a stream."
    },
    footer = {
      "",
      "Examples:",
      "  fleet --server 127.0.0.1:5690 --ca meshseal-data/server/ca.crt --data meshseal-data \\",
      "        --streams 1000 --pid PID",
      "  fleet --server 127.0.0.1:8234 --plaintext --streams 20000 --connections 100 \\",
      "        --variant delta --hold 30s --mark-cmd 'touch resources/mesh.yaml'",
      "",
      "Exit codes: 0 every stream got its secrets; 1 some did not; 2 wrong usage."
    })
public final class FleetCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--server",
      required = true,
      paramLabel = "HOST:PORT",
      description = "The server.")
  private String server = "";

  @Option(
      names = "--streams",
      defaultValue = "100",
      paramLabel = "N",
      description = "Sidecars to play, one stream each (${DEFAULT-VALUE}).")
  private int streams;

  @Option(
      names = "--connections",
      paramLabel = "M",
      description = "Connections that they share; one for each where it is left out.")
  private Optional<Integer> connections = Optional.empty();

  @Option(
      names = "--variant",
      defaultValue = "sotw",
      paramLabel = "sotw|delta",
      description = "State of the world or delta (${DEFAULT-VALUE}).")
  private Variant variant = Variant.SOTW;

  @Option(
      names = "--names",
      split = ",",
      defaultValue = "identity_cert:secret:default",
      paramLabel = "NAME",
      description = "Secrets that each stream asks for (${DEFAULT-VALUE}).")
  private List<String> names = List.of();

  @Option(
      names = "--node-id",
      defaultValue = "default.dp-{i}",
      paramLabel = "TEMPLATE",
      description = "Envoy's node id, {i} is the stream's number (${DEFAULT-VALUE}).")
  private String nodeTemplate = "";

  @ArgGroup(exclusive = true, heading = "Transport:%n")
  private Transport transport = new Transport();

  /** TLS or none. */
  static final class Transport {
    @Option(names = "--plaintext", description = "No TLS.")
    private boolean plaintext;

    @ArgGroup(exclusive = false)
    private Tls tls = new Tls();
  }

  /** What TLS needs. */
  static final class Tls {
    @Option(
        names = "--ca",
        required = true,
        paramLabel = "FILE",
        description = "PEM of the authorities that the server's certificate must come from.")
    private Optional<Path> ca = Optional.empty();

    @Option(
        names = "--cert",
        paramLabel = "FILE",
        description = "PEM of the client's own chain, for mutual TLS.")
    private Optional<Path> certificate = Optional.empty();

    @Option(names = "--key", paramLabel = "FILE", description = "PEM (PKCS#8) of its key.")
    private Optional<Path> key = Optional.empty();

    @Option(
        names = "--server-name",
        paramLabel = "NAME",
        description = "Name in the server's certificate; the host of --server where left out.")
    private Optional<String> serverName = Optional.empty();
  }

  @ArgGroup(exclusive = true, heading = "Credentials (none where left out):%n")
  private Credentials credentials = new Credentials();

  /** Where the tokens come from. */
  static final class Credentials {
    @Option(
        names = "--tokens",
        paramLabel = "FILE",
        description =
            "Data plane tokens, one a line; stream i sends line i, from the top again at"
                + " the end.")
    private Optional<Path> tokens = Optional.empty();

    @Option(
        names = "--data",
        paramLabel = "DIR",
        description =
            "The server's data directory: each stream gets a token of its own name,"
                + " signed with the server's token key.")
    private Optional<Path> data = Optional.empty();

    @Option(
        names = "--token-key",
        paramLabel = "FILE",
        description =
            "The same with a signing key by itself: PEM (PKCS#8), EC P-256; the file's"
                + " name without its ending is the key's id.")
    private Optional<Path> key = Optional.empty();
  }

  @Option(
      names = "--mesh",
      defaultValue = "default",
      paramLabel = "MESH",
      description = "Mesh of the tokens that are signed here (${DEFAULT-VALUE}).")
  private String mesh = "";

  @Option(
      names = "--service",
      defaultValue = "fleet",
      paramLabel = "SERVICE",
      description = "Their tag kuma.io/service (${DEFAULT-VALUE}).")
  private String service = "";

  @Option(
      names = "--in-flight",
      defaultValue = "200",
      paramLabel = "N",
      description = "Streams that wait for their first secret at a time (${DEFAULT-VALUE}).")
  private int inFlight;

  @Option(names = "--rate", paramLabel = "N", description = "Streams opened a second, at most.")
  private Optional<Double> rate = Optional.empty();

  @Option(
      names = "--timeout",
      defaultValue = "300s",
      paramLabel = "D",
      description = "After which streams not served are given up (${DEFAULT-VALUE}).")
  private String timeout = "";

  @Option(
      names = "--hold",
      defaultValue = "0s",
      paramLabel = "D",
      description =
          "Stay connected that long after all are served, and count what is pushed"
              + " (${DEFAULT-VALUE}).")
  private String hold = "";

  @Option(
      names = "--mark-cmd",
      paramLabel = "COMMAND",
      description =
          "Run by sh after all are served; what is pushed is timed from its start. It"
              + " replaces --hold: the fleet waits at most that long (or --timeout) for a push to"
              + " every stream.")
  private Optional<String> markCommand = Optional.empty();

  @Option(
      names = "--marks",
      defaultValue = "1",
      paramLabel = "N",
      description = "How often it is run (${DEFAULT-VALUE}).")
  private int marks;

  @Option(names = "--reconnect", description = "Come back when the connection is lost.")
  private boolean reconnects;

  @Option(
      names = "--node-every",
      description =
          "Say the node in every request, as Envoy does unless it is told to say it once.")
  private boolean repeatsNode;

  @Option(names = "--nack", description = "Refuse everything that is received.")
  private boolean refuses;

  @Option(
      names = "--pid",
      paramLabel = "PID",
      description = "The server's process, to count its CPU and memory.")
  private Optional<Long> pid = Optional.empty();

  @Option(
      names = {"-o", "--output"},
      defaultValue = "table",
      paramLabel = "table|json",
      description = "Form of the report (${DEFAULT-VALUE}).")
  private String output = "";

  public static void main(String[] arguments) {
    var commandLine =
        new CommandLine(new FleetCommand())
            .setCaseInsensitiveEnumValuesAllowed(true)
            .setExecutionExceptionHandler(
                (failed, command, result) -> {
                  command.getErr().println("fleet: " + failed.getMessage());
                  return 1;
                });
    System.exit(commandLine.execute(arguments));
  }

  /** The two halves of a run. */
  record Report(
      OpenReport opened, List<PushReport> pushes, long responses, Map<String, Long> failures) {}

  @Override
  public Integer call() throws IOException, InterruptedException {
    try (var fleet = new Fleet(plan())) {
      var opened = fleet.open();
      var pushes = new ArrayList<PushReport>();
      if (markCommand.isPresent()) {
        for (int i = 0; i < marks; i++) {
          pushes.add(fleet.mark(() -> run(markCommand.get()), holdOrTimeout()));
        }
      } else {
        Thread.sleep(duration("--hold", hold));
      }
      print(new Report(opened, pushes, fleet.responses(), fleet.failuresByReason()));
      return opened.served() == streams ? 0 : 1;
    }
  }

  private FleetPlan plan() throws IOException {
    int colon = server.lastIndexOf(':');
    if (colon < 1) {
      throw usage("--server needs HOST:PORT, got '%s'".formatted(server));
    }
    var host = server.substring(0, colon);
    return new FleetPlan(
        new FleetPlan.Target(
            host,
            Integer.parseInt(server.substring(colon + 1)),
            transport.tls.serverName.orElse(host),
            tls()),
        new FleetPlan.Crew(
            streams, connections.orElse(streams), variant, names, nodeTemplate, tokens()),
        new FleetPlan.Pace(
            inFlight,
            rate.map(OptionalDouble::of).orElse(OptionalDouble.empty()),
            duration("--timeout", timeout)),
        new FleetPlan.Behaviour(refuses, reconnects, repeatsNode),
        pid.map(OptionalLong::of).orElse(OptionalLong.empty()));
  }

  private Optional<SslContext> tls() {
    if (transport.plaintext) {
      return Optional.empty();
    }
    var tls = transport.tls;
    var ca = tls.ca.orElseThrow(() -> usage("needs --ca FILE, or --plaintext"));
    if (tls.certificate.isPresent() != tls.key.isPresent()) {
      throw usage("--cert and --key go together");
    }
    return Optional.of(
        ClientTls.trusting(
            ca,
            tls.certificate.map(chain -> new ClientTls.Credential(chain, tls.key.orElseThrow()))));
  }

  private IntFunction<Optional<String>> tokens() throws IOException {
    if (credentials.tokens.isPresent()) {
      var lines =
          Files.readAllLines(credentials.tokens.get()).stream()
              .filter(line -> !line.isBlank())
              .toList();
      if (lines.isEmpty()) {
        throw usage("%s holds no token".formatted(credentials.tokens.get()));
      }
      return index -> Optional.of(lines.get(index % lines.size()));
    }
    var key =
        credentials.data.map(TokenKey::ofServer).or(() -> credentials.key.map(TokenKey::read));
    if (key.isEmpty()) {
      return index -> Optional.empty();
    }
    var lifetime = duration("--timeout", timeout).plus(duration("--hold", hold)).plusHours(1);
    return index ->
        Optional.of(
            key.get().token(mesh, tokenName(index), Map.of("kuma.io/service", service), lifetime));
  }

  /** The node id without its mesh. */
  private String tokenName(int index) {
    var id = nodeTemplate.replace("{i}", Integer.toString(index));
    return id.startsWith(mesh + ".") ? id.substring(mesh.length() + 1) : id;
  }

  private Duration holdOrTimeout() {
    var held = duration("--hold", hold);
    return held.isZero() ? duration("--timeout", timeout) : held;
  }

  private Duration duration(String option, String text) {
    try {
      return Duration.parse("PT" + text.toUpperCase(Locale.ROOT));
    } catch (java.time.format.DateTimeParseException unreadable) {
      throw usage("%s needs a duration such as 30s or 5m, got '%s'".formatted(option, text));
    }
  }

  private CommandLine.ParameterException usage(String message) {
    return new CommandLine.ParameterException(spec.commandLine(), message);
  }

  private static void run(String command) {
    try {
      int code = new ProcessBuilder("sh", "-c", command).inheritIO().start().waitFor();
      if (code != 0) {
        throw new IllegalStateException("--mark-cmd ended with exit code " + code);
      }
    } catch (IOException failed) {
      throw new IllegalStateException("--mark-cmd cannot be run: " + failed.getMessage(), failed);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while --mark-cmd ran", interrupted);
    }
  }

  private void print(Report report) {
    var out = spec.commandLine().getOut();
    if (output.equals("json")) {
      out.println(
          JsonMapper.builder()
              .enable(SerializationFeature.INDENT_OUTPUT)
              .build()
              .writeValueAsString(report));
    } else {
      out.println(Table.of(report));
    }
    out.flush();
  }
}
