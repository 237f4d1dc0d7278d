package dev.meshseal.server.files;

import dev.meshseal.x509.CaProfile;
import dev.meshseal.x509.CryptoProvider;
import dev.meshseal.x509.IssuingCa;
import dev.meshseal.x509.KeyType;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;

/**
 * The authority of the server's own certificate, made on first use. What sidecars trust lies beside
 * it as {@link DataDirectory#serverCa}.
 */
public final class ServerAuthority {
  private static final Duration LIFETIME = Duration.ofDays(10 * 365);

  private ServerAuthority() {}

  /**
   * Reads it, or makes it. Blocks.
   *
   * @throws DataDirectoryException if a file is damaged, or cannot be written
   */
  public static IssuingCa open(
      DataDirectory data,
      Optional<KeyEncryptionKey> kek,
      CryptoProvider crypto,
      InstantSource clock) {
    var file = CaFile.ofServer(data);
    var ca =
        file.read(kek).map(CaFile.Content::ca).orElseGet(() -> create(data, kek, crypto, clock));
    publish(data, ca.certificatePem());
    return ca;
  }

  /** The certificates that sidecars trust, where sidecars must find them. */
  public static void publish(DataDirectory data, String pem) {
    data.write(data.serverCa(), pem.getBytes(StandardCharsets.US_ASCII));
  }

  private static IssuingCa create(
      DataDirectory data,
      Optional<KeyEncryptionKey> kek,
      CryptoProvider crypto,
      InstantSource clock) {
    var file = CaFile.ofServer(data);
    var profile = new CaProfile("Meshseal server", "meshseal", KeyType.EC_P256, LIFETIME);
    var created = IssuingCa.create(profile, crypto, clock.instant());
    data.createIfAbsent(file.path(), file.encode(created, kek));
    return file.read(kek).orElseThrow().ca();
  }
}
