package dev.meshseal.cli;

import dev.meshseal.identity.DataplaneId;
import dev.meshseal.server.bootstrap.EnvoyBootstrap;
import dev.meshseal.server.bootstrap.HostPort;
import dev.meshseal.server.bootstrap.Sds;
import dev.meshseal.server.bootstrap.SdsEndpoint;
import dev.meshseal.server.bootstrap.SdsToken;
import dev.meshseal.server.bootstrap.SecretNames;
import dev.meshseal.server.bootstrap.Sidecar;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code meshseal bootstrap}. */
@Command(
    name = "bootstrap",
    description = {
      "Print the Envoy bootstrap of one sidecar; it runs as it is: envoy -c FILE.",
      "",
      "It holds the token: keep the file as secret as the token's. With --reload-token it names",
      "the token's file instead."
    },
    footer = {
      "",
      "Examples:",
      "  meshseal bootstrap --mesh default --name web-1 --service web --token-file web.token \\",
      "    --server meshseal.example:5690 --ca ca.crt --inbound 8443:8080 \\",
      "    --outbound 9000=backend@backend.example:8443 >envoy.yaml",
      "  meshseal bootstrap --mesh default --name web-1 --server unix:/run/meshseal/web-1.sock"
    })
final class BootstrapCommand implements Runnable {
  private static final int MAX_FILE = 1 << 20;

  @Option(names = "--mesh", required = true, paramLabel = "M", description = "Its mesh.")
  private String mesh = "";

  @Option(names = "--name", required = true, paramLabel = "N", description = "Its name there.")
  private String name = "";

  @Option(
      names = "--service",
      paramLabel = "S",
      description = "The service it belongs to; its name where that is the same.")
  private @Nullable String service;

  @Option(
      names = "--token-file",
      paramLabel = "F",
      description = "The file with its token; not needed with a unix socket.")
  private @Nullable Path tokenFile;

  @Option(
      names = "--reload-token",
      description =
          "Let Envoy read the token from its file for each stream: a new token then needs no"
              + " restart, and the bootstrap holds none. Only with TLS.")
  private boolean reloadToken;

  @Option(
      names = "--server",
      required = true,
      paramLabel = "HOST:PORT|unix:PATH",
      description = "Where the server listens.")
  private String server = "";

  @Option(
      names = "--plaintext",
      description = "Speak to the server without TLS; only on loopback, where it listens so.")
  private boolean plaintext;

  @Option(
      names = "--ca",
      paramLabel = "FILE",
      description = "The authority of the server's certificate (default: DATA/server/ca.crt).")
  private @Nullable Path ca;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      defaultValue = "${env:MESHSEAL_DATA:-meshseal-data}",
      description = "The server's data directory (default: ${DEFAULT-VALUE}).")
  private Path data = Path.of("meshseal-data");

  @Option(
      names = "--envoy-admin",
      paramLabel = "ADDRESS:PORT",
      defaultValue = "127.0.0.1:9901",
      description = "Where Envoy's own admin listens (default: ${DEFAULT-VALUE}).")
  private String envoyAdmin = "";

  @Option(
      names = "--ready",
      paramLabel = "[ADDRESS:]PORT",
      description = "Answer GET /ready there, for probes, once Envoy has its certificate.")
  private @Nullable String ready;

  @Option(
      names = "--output",
      paramLabel = "FILE",
      description = "Write the bootstrap to FILE, for its owner alone, and not to standard output.")
  private @Nullable Path output;

  @Mixin private SidecarOptions options = new SidecarOptions();

  private final Console console;

  BootstrapCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    var yaml = bootstrap().yaml();
    if (output == null) {
      console.out().print(yaml);
    } else {
      write(output, yaml);
    }
  }

  private EnvoyBootstrap bootstrap() {
    var problems = new Problems();
    var sidecar = problems.flag("--name", this::sidecar);
    var endpoint = endpoint(problems);
    var token = problems.file("--token-file", this::token);
    var in = options.inbound(problems);
    var out = options.outbounds(problems);
    var admin = problems.flag("--envoy-admin", () -> EnvoyBootstrap.admin(envoyAdmin));
    var probe = problems.flag("--ready", this::ready);
    problems.throwIfAny();
    var sds =
        problems.flag(
            "--reload-token",
            () ->
                new Sds(
                    endpoint.orElseThrow(),
                    token.orElseThrow(),
                    options.delivery(),
                    SecretNames.kuma(mesh)));
    problems.throwIfAny();
    return new EnvoyBootstrap(
        sidecar.orElseThrow(),
        sds.orElseThrow(),
        in.orElseThrow(),
        out.orElseThrow(),
        admin.orElseThrow(),
        probe.orElseThrow());
  }

  private Sidecar sidecar() {
    return new Sidecar(
        new DataplaneId(mesh, name),
        service == null ? name : service,
        options.trustDomain().orElse(mesh));
  }

  private Optional<SdsEndpoint> endpoint(Problems problems) {
    if (server.startsWith("unix:")) {
      return problems.flag(
          "--server", () -> new SdsEndpoint.Unix(server.substring("unix:".length())));
    }
    var address = problems.flag("--server", () -> HostPort.parse(server));
    if (tokenFile == null && !server.startsWith("unix:")) {
      problems.flag("--token-file", BootstrapCommand::tokenIsMissing);
    }
    if (plaintext) {
      return address.flatMap(it -> problems.flag("--server", () -> new SdsEndpoint.Plaintext(it)));
    }
    var trusted = problems.file("--ca", () -> read(caFile()));
    return address.flatMap(
        it -> trusted.flatMap(pem -> problems.file("--ca", () -> new SdsEndpoint.Tls(it, pem))));
  }

  private static String tokenIsMissing() {
    throw new IllegalArgumentException(
        "a server that is not on a unix socket wants a token; see 'meshseal token generate'");
  }

  private Path caFile() {
    return ca == null ? data.resolve("server").resolve("ca.crt") : ca;
  }

  private SdsToken token() throws IOException {
    if (tokenFile == null) {
      return new SdsToken.None();
    }
    var inline = new SdsToken.Inline(read(tokenFile).strip());
    return reloadToken ? new SdsToken.File(tokenFile.toAbsolutePath().normalize()) : inline;
  }

  private Optional<HostPort> ready() {
    return Optional.ofNullable(ready).map(EnvoyBootstrap::ready);
  }

  // It may hold the token: nobody else may read it, not even while it is being written.
  private static void write(Path file, String yaml) {
    try {
      var target = file.toAbsolutePath();
      var whole =
          Files.createTempFile(
              target.getParent(),
              ".bootstrap",
              "",
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      Files.writeString(whole, yaml);
      Files.move(whole, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException unwritable) {
      throw new UncheckedIOException("'%s' cannot be written".formatted(file), unwritable);
    }
  }

  private static String read(Path file) throws IOException {
    if (Files.size(file) > MAX_FILE) {
      throw CliException.no(
          "file '%s' has more than %d bytes, which is no token and no certificate"
              .formatted(file, MAX_FILE));
    }
    return Files.readString(file);
  }
}
