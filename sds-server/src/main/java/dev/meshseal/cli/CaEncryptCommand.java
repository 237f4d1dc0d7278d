package dev.meshseal.cli;

import dev.meshseal.server.files.CaEncryption;
import dev.meshseal.server.files.KeyEncryptionKey;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code meshseal ca encrypt}. */
@Command(
    name = "encrypt",
    description = {
      "Encrypt the private keys of all authorities in the data directory.",
      "",
      "The server must be stopped. With --old-kek-file, keys that are encrypted already are",
      "encrypted with the new key instead. It can be stopped at any moment, and run again."
    },
    footer = {
      "",
      "Examples:",
      "  openssl rand -hex 32 >kek && meshseal ca encrypt --kek-file kek",
      "  meshseal ca encrypt --old-kek-file kek --kek-file new-kek"
    })
final class CaEncryptCommand implements Runnable {
  @Option(
      names = "--kek-file",
      required = true,
      paramLabel = "FILE",
      description = "The key to encrypt with: 32 bytes as hexadecimal or base64.")
  private Path kekFile = Path.of("");

  @Option(
      names = "--old-kek-file",
      paramLabel = "FILE",
      description = "The key that they are encrypted with now.")
  private @Nullable Path oldKekFile;

  @Mixin private DataOption data = new DataOption();

  private final Console console;

  CaEncryptCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    var after = KeyEncryptionKey.read(kekFile);
    var before = Optional.ofNullable(oldKekFile).map(KeyEncryptionKey::read);
    try (var directory = data.openAlone()) {
      var changed = new CaEncryption(directory, before, after).run();
      changed.forEach(file -> console.print("encrypted " + file));
      if (changed.isEmpty()) {
        console.note("every key is encrypted with it already");
      }
    }
  }
}
