package dev.meshseal.server.files;

import dev.meshseal.x509.CaProfile;
import dev.meshseal.x509.CryptoProvider;
import dev.meshseal.x509.IssuingCa;
import dev.meshseal.x509.KeyType;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Optional;

/**
 * The authority of the server's own certificate, where it is made here: certificate and key in
 * {@code server/ca.key}, as one; and what sidecars trust in {@code server/ca.crt}, a copy.
 */
public final class ServerAuthority {
  private static final Duration LIFETIME = Duration.ofDays(3650);
  private static final String NAME = "meshseal-server";

  private ServerAuthority() {}

  /**
   * The authority, made on first use.
   *
   * @throws DataDirectoryException if its file is damaged, or it is gone while sidecars trust it
   */
  public static IssuingCa open(
      DataDirectory data,
      Optional<KeyEncryptionKey> kek,
      CryptoProvider crypto,
      InstantSource clock) {
    var file = CaFile.ofServer(data);
    var kept = file.read(kek).orElseGet(() -> create(data, file, kek, crypto, clock)).ca();
    publish(data, kept.trustBundle().pem());
    return kept;
  }

  /** The certificates that sidecars trust, where sidecars must find them. */
  public static void publish(DataDirectory data, String pem) {
    var file = data.serverCa();
    var bytes = pem.getBytes(StandardCharsets.US_ASCII);
    try {
      if (!Files.exists(file) || !Arrays.equals(Files.readAllBytes(file), bytes)) {
        data.write(file, bytes);
      }
    } catch (IOException e) {
      throw new DataDirectoryException(
          "file '%s' cannot be read: %s".formatted(file, IoReason.of(e)), e);
    }
  }

  private static CaFile.Content create(
      DataDirectory data,
      CaFile file,
      Optional<KeyEncryptionKey> kek,
      CryptoProvider crypto,
      InstantSource clock) {
    if (Files.exists(data.serverCa())) {
      throw new DataDirectoryException(
          "file '%s' is gone, while sidecars may trust '%s'; restore it from a backup, or remove the second to begin anew"
              .formatted(file.path(), data.serverCa()));
    }
    var profile = new CaProfile(NAME, NAME, KeyType.EC_P256, LIFETIME);
    var created = IssuingCa.create(profile, crypto, clock.instant());
    data.createIfAbsent(file.path(), file.encode(created, kek));
    return file.read(kek)
        .orElseThrow(
            () ->
                new DataDirectoryException(
                    "file '%s' was removed while it was created".formatted(file.path())));
  }
}
