package dev.meshseal.server.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.meshseal.server.auth.TokenId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileRevocationsTest {
  @TempDir private Path folder;
  private Instant now = Instant.parse("2026-11-23T12:00:00Z");

  @Test
  void remembersWhatWasRevoked() {
    assertThat(list().revoke(id("a", Duration.ofHours(1)))).isTrue();
    assertThat(list().revoke(id("a", Duration.ofHours(1)))).isFalse();
    assertThat(list().revoke(new TokenId("b", Optional.empty()))).isTrue();

    assertThat(list().ids()).containsExactlyInAnyOrder("a", "b");
  }

  @Test
  void forgetsWhatHasExpiredAnyway() {
    list().revoke(id("a", Duration.ofHours(1)));
    list().revoke(new TokenId("b", Optional.empty()));
    now = now.plus(Duration.ofHours(2));

    list().revoke(id("c", Duration.ofHours(1)));

    assertThat(list().ids()).containsExactlyInAnyOrder("b", "c");
  }

  @Test
  void refusesADamagedListByItsName() throws IOException {
    list().revoke(id("a", Duration.ofHours(1)));
    var file = folder.resolve("revoked-tokens");
    Files.writeString(file, Files.readString(file).replace("\na ", "\nA "));

    assertThatThrownBy(() -> list().ids()).hasMessageContaining("file '%s' is damaged", file);
    assertThatThrownBy(() -> list().revoke(id("b", Duration.ofHours(1))))
        .hasMessageContaining("file '%s' is damaged", file);
  }

  private TokenId id(String id, Duration validFor) {
    return new TokenId(id, Optional.of(now.plus(validFor)));
  }

  private FileRevocations list() {
    return new FileRevocations(data(), () -> now);
  }

  private DataDirectory data() {
    return DataDirectory.openShared(folder);
  }
}
