package dev.meshseal.server.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.meshseal.x509.CryptoProvider;
import dev.meshseal.x509.IssuingCa;
import dev.meshseal.x509.Pem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServerAuthorityTest {
  @TempDir private Path folder;

  @Test
  void isMadeOnce() throws IOException {
    var first = authority(Optional.empty());

    assertThat(authority(Optional.empty()).chain()).isEqualTo(first.chain());
    assertThat(Pem.readCertificates(Files.readAllBytes(data().serverCa())))
        .containsExactly(first.certificate());
  }

  @Test
  void writesItsCertificateAgainWhereItWasLost() throws IOException {
    var first = authority(Optional.empty());
    Files.delete(data().serverCa());

    authority(Optional.empty());

    assertThat(data().serverCa()).hasContent(first.certificatePem());
  }

  @Test
  void isNotMadeAnewWhileSidecarsTrustTheOld() throws IOException {
    authority(Optional.empty());
    Files.delete(folder.resolve("server/ca.key"));

    assertThatThrownBy(() -> authority(Optional.empty()))
        .hasMessageContaining("server/ca.key' is gone, while sidecars may trust");
  }

  @Test
  void encryptsItsKey() throws IOException {
    var kek = KeyEncryptionKey.parse("1f".repeat(32));

    var first = authority(kek);

    assertThat(folder.resolve("server/ca.key")).content().doesNotContain("BEGIN PRIVATE KEY");
    assertThat(authority(kek).chain()).isEqualTo(first.chain());
  }

  private IssuingCa authority(Optional<KeyEncryptionKey> kek) {
    return ServerAuthority.open(
        data(), kek, CryptoProvider.best(), () -> Instant.parse("2026-11-23T12:00:00Z"));
  }

  private DataDirectory data() {
    return DataDirectory.openShared(folder);
  }
}
