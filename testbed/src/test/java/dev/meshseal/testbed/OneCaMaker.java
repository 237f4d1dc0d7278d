package dev.meshseal.testbed;

import dev.meshseal.server.files.DataDirectory;
import dev.meshseal.server.files.FileCaKeyStore;
import dev.meshseal.x509.Fingerprint;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Makes one authority beside others that make the same, and says which one is kept. Arguments: the
 * directory. Each line of input is the name of a backend.
 */
final class OneCaMaker {
  private OneCaMaker() {}

  public static void main(String[] arguments) throws IOException {
    var out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    var store =
        new FileCaKeyStore(DataDirectory.openShared(Path.of(arguments[0])), Optional.empty());
    var created = KeyMaker.newCa("default");
    out.println("ready");
    try (var lines =
        new java.io.BufferedReader(
            new java.io.InputStreamReader(System.in, StandardCharsets.UTF_8))) {
      for (var backend = lines.readLine(); backend != null; backend = lines.readLine()) {
        var kept = store.createIfAbsent("default", backend, created);
        out.println(Fingerprint.of(kept.certificate()));
      }
    }
  }
}
