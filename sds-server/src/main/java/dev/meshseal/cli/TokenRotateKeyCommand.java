package dev.meshseal.cli;

import dev.meshseal.server.files.FileSigningKeys;
import java.time.Duration;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code meshseal token rotate-key}. */
@Command(
    name = "rotate-key",
    description = {
      "Make a new key that signs tokens from now on; also while the server runs.",
      "",
      "Tokens of earlier keys stay good until their key is retired."
    },
    footer = {
      "",
      "Examples:",
      "  meshseal token rotate-key",
      "  meshseal token rotate-key --retire 30d   # where no token is valid for longer",
      "  meshseal token rotate-key --retire 0s    # a key was stolen: all older tokens end"
    })
final class TokenRotateKeyCommand implements Runnable {
  @Option(
      names = "--retire",
      paramLabel = "D",
      converter = Lifetime.class,
      description =
          "Also remove the keys that were replaced at least so long ago; tokens and streams of"
              + " theirs end.")
  private @Nullable Duration retire;

  @Mixin private DataOption data = new DataOption();

  private final Console console;

  TokenRotateKeyCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    try (var directory = data.openExisting()) {
      var keys = new FileSigningKeys(directory, InstantSource.system());
      console.print("key %s signs tokens from now on".formatted(keys.rotate().kid()));
      if (retire != null) {
        keys.retire(retire).forEach(kid -> console.print("key %s is retired".formatted(kid)));
      }
    }
  }
}
