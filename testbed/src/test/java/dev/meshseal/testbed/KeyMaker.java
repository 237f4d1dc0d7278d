package dev.meshseal.testbed;

import dev.meshseal.server.auth.TokenId;
import dev.meshseal.server.files.DataDirectory;
import dev.meshseal.server.files.FileCaKeyStore;
import dev.meshseal.server.files.FileRevocations;
import dev.meshseal.server.files.FileSigningKeys;
import dev.meshseal.server.files.KeyEncryptionKey;
import dev.meshseal.x509.CaProfile;
import dev.meshseal.x509.CryptoProvider;
import dev.meshseal.x509.Fingerprint;
import dev.meshseal.x509.IssuingCa;
import dev.meshseal.x509.KeyType;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;

/**
 * Keeps making what a server keeps in its data directory, until it is killed. Says of each thing
 * when it is done: from then on it must be there.
 *
 * <p>Arguments: the directory, the key encryption key's file, the mesh.
 */
final class KeyMaker {
  private static final InstantSource CLOCK = InstantSource.system();

  private KeyMaker() {}

  public static void main(String[] arguments) {
    var out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    var mesh = arguments[2];
    var data = DataDirectory.open(Path.of(arguments[0]));
    var kek = KeyEncryptionKey.read(Path.of(arguments[1]));
    var authorities = new FileCaKeyStore(data, Optional.of(kek));
    var keys = new FileSigningKeys(data, CLOCK);
    var revocations = new FileRevocations(data, CLOCK);
    for (var number = 0; true; number++) {
      var backend = "ca-" + number;
      var kept = authorities.createIfAbsent(mesh, backend, newCa(mesh));
      out.println("ca " + backend + " " + Fingerprint.of(kept.certificate()));
      if (number % 8 == 3) {
        out.println("key " + keys.rotate().kid());
      }
      if (number % 4 == 1) {
        var id = mesh + "-" + number;
        revocations.revoke(new TokenId(id, Optional.empty()));
        out.println("revoked " + id);
      }
    }
  }

  static IssuingCa newCa(String mesh) {
    return IssuingCa.create(
        new CaProfile(mesh, mesh, KeyType.EC_P256, Duration.ofDays(365)),
        CryptoProvider.best(),
        CLOCK.instant());
  }
}
