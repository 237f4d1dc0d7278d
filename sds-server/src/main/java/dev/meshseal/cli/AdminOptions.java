package dev.meshseal.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which server a command asks, and as whom. */
final class AdminOptions {
  static final String DEFAULT_ADDRESS = "127.0.0.1:5691";
  private static final Path DEFAULT_TOKEN = Path.of("meshseal-data", "admin-token");

  @Option(
      names = "--admin",
      paramLabel = "HOST:PORT",
      description =
          "The admin address of the server; TLS off loopback, and where it begins with https://."
              + " Default: $MESHSEAL_ADMIN, else "
              + DEFAULT_ADDRESS
              + ".")
  private @Nullable String admin;

  @Option(
      names = "--admin-token-file",
      paramLabel = "FILE",
      description =
          "The admin token, for changes and for servers off loopback. Default:"
              + " $MESHSEAL_ADMIN_TOKEN_FILE, else meshseal-data/admin-token.")
  private @Nullable Path tokenFile;

  @Option(
      names = "--admin-ca",
      paramLabel = "FILE",
      description =
          "What to verify a server with TLS by, PEM: its CA, or its own certificate, which then is"
              + " trusted under any name. Default: $MESHSEAL_ADMIN_CA. Without one, no server with"
              + " TLS is asked.")
  private @Nullable Path ca;

  AdminClient client(Console console) {
    var address =
        Optional.ofNullable(admin)
            .or(() -> console.variable("MESHSEAL_ADMIN"))
            .orElse(DEFAULT_ADDRESS);
    var certificate =
        Optional.ofNullable(ca).or(() -> console.variable("MESHSEAL_ADMIN_CA").map(Path::of));
    var token =
        Optional.ofNullable(tokenFile)
            .or(() -> console.variable("MESHSEAL_ADMIN_TOKEN_FILE").map(Path::of))
            .or(() -> Optional.of(DEFAULT_TOKEN).filter(Files::isReadable));
    return AdminClient.of(AdminAddress.parse(address), certificate, token);
  }
}
