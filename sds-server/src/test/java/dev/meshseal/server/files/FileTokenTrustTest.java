package dev.meshseal.server.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.meshseal.server.auth.TokenId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileTokenTrustTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final Optional<String> MESH = Optional.of("default");

  @TempDir private Path folder;
  private final InstantSource clock = InstantSource.system();

  @Test
  void makesTheFirstKeyAtStart() {
    try (var trust = trust()) {
      assertThat(trust.keys().find("ms-1", MESH)).hasSize(1);
      assertThat(trust.keys().find("ms-2", MESH)).isEmpty();
    }
  }

  @Test
  void aRevocationByACommandCountsSoon() {
    var rung = new AtomicInteger();
    try (var trust = trust()) {
      trust.revocations().onChange(rung::incrementAndGet);

      revocations().revoke(new TokenId("a", Optional.empty()));

      await().atMost(SOON).until(() -> trust.revocations().isRevoked(MESH, "a") && rung.get() > 0);
    }
  }

  @Test
  void aKeyRotatedByACommandCountsSoon() {
    try (var trust = trust()) {
      signingKeys().rotate();

      await().atMost(SOON).until(() -> !trust.keys().find("ms-2", MESH).isEmpty());
      assertThat(trust.keys().find("ms-1", MESH)).hasSize(1);
    }
  }

  @Test
  void aDamagedListIsNotTakenAndNothingIsForgotten() throws IOException {
    revocations().revoke(new TokenId("a", Optional.empty()));
    try (var trust = trust()) {
      Files.writeString(folder.resolve("revoked-tokens"), "");
      signingKeys().rotate();

      await().until(() -> !trust.keys().find("ms-2", MESH).isEmpty());
      assertThat(trust.revocations().isRevoked(MESH, "a")).isTrue();
    }
  }

  @Test
  void aDamagedKeyKeepsNoTokenFromBeingRevoked() throws IOException {
    try (var trust = trust()) {
      Files.writeString(folder.resolve("signing-keys/ms-1.pem"), "");

      revocations().revoke(new TokenId("a", Optional.empty()));

      await().until(() -> trust.revocations().isRevoked(MESH, "a"));
      assertThat(trust.keys().find("ms-1", MESH)).hasSize(1);
    }
  }

  @Test
  void doesNotStartWithADamagedList() throws IOException {
    signingKeys().current();
    var list = Files.writeString(folder.resolve("revoked-tokens"), "a\n");

    assertThatThrownBy(this::trust).hasMessageContaining("file '%s'", list);
  }

  private FileTokenTrust trust() {
    return FileTokenTrust.open(data(), signingKeys(), revocations());
  }

  private FileSigningKeys signingKeys() {
    return new FileSigningKeys(data(), clock);
  }

  private FileRevocations revocations() {
    return new FileRevocations(data(), clock);
  }

  private DataDirectory data() {
    return DataDirectory.openShared(folder);
  }
}
