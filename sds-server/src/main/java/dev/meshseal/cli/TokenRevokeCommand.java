package dev.meshseal.cli;

import dev.meshseal.server.auth.DataplaneTokens;
import dev.meshseal.server.auth.TokenId;
import dev.meshseal.server.files.FileRevocations;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code meshseal token revoke}. */
@Command(
    name = "revoke",
    description = {
      "Revoke a data plane token: its streams end within a second, and it opens no more.",
      "",
      "A token that is given as a file is forgotten again when it would have expired."
    },
    footer = {
      "",
      "Examples:",
      "  meshseal token revoke web-1.token",
      "  meshseal token revoke 0f8fad5b-d9cb-469f-a165-70867728950e"
    })
final class TokenRevokeCommand implements Runnable {
  @Parameters(
      paramLabel = "TOKEN_FILE|JTI",
      description = "The file with the token, or the id that 'token generate' printed.")
  private String token = "";

  @Mixin private DataOption data = new DataOption();

  private final Console console;

  TokenRevokeCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    var id = id();
    try (var directory = data.openExisting()) {
      var added = new FileRevocations(directory, InstantSource.system()).revoke(id);
      console.print("token %s %s".formatted(id.id(), added ? "is revoked" : "was revoked already"));
    }
  }

  private TokenId id() {
    var file = Path.of(token);
    if (Files.isRegularFile(file)) {
      return TokenId.of(read(file));
    }
    if (token.chars().filter(c -> c == '.').count() == 2 && token.startsWith("ey")) {
      throw CliException.wrongUsage(
          "give the file with the token, or its id, and not the token: others can read the command line");
    }
    if (token.indexOf('/') >= 0) {
      throw CliException.no("there is no file '%s'".formatted(token));
    }
    return new TokenId(token, Optional.empty());
  }

  private static String read(Path file) {
    try (var in = Files.newInputStream(file)) {
      var bytes = in.readNBytes(DataplaneTokens.LONGEST + 2);
      return new String(bytes, StandardCharsets.ISO_8859_1).strip();
    } catch (IOException e) {
      throw CliException.no("file '%s' cannot be read: %s".formatted(file, e.getMessage()), e);
    }
  }
}
