package dev.meshseal.server.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AdminTokenTest {
  @TempDir private Path folder;

  @Test
  void isMadeOnceAndForItsOwnerAlone() throws IOException {
    var token = AdminToken.of(data());

    assertThat(AdminToken.of(data()).value()).isEqualTo(token.value());
    assertThat(AdminToken.ofExisting(data()).value()).isEqualTo(token.value());
    assertThat(
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(folder.resolve("admin-token"))))
        .isEqualTo("rw-------");
  }

  @Test
  void matchesItselfAlone() {
    var token = AdminToken.of(data());

    assertThat(token.matches(token.value())).isTrue();
    assertThat(token.matches(token.value() + "x")).isFalse();
    assertThat(token.matches(token.value().substring(1))).isFalse();
    assertThat(token.matches("")).isFalse();
  }

  @Test
  void printsNothingOfItself() {
    assertThat(AdminToken.of(data())).hasToString("admin token");
  }

  @Test
  void refusesAnEmptyOrDamagedFile() throws IOException {
    AdminToken.of(data());

    for (var text : new String[] {"", "short", "x".repeat(44)}) {
      var file = Files.writeString(folder.resolve("admin-token"), text);

      assertThatThrownBy(() -> AdminToken.of(data())).hasMessageContaining("'%s' is damaged", file);
    }
  }

  @Test
  void isReadAgainWhereSomebodyElseKeepsItAndStaysWhereThatIsOfNoUse() throws IOException {
    var file = Files.writeString(folder.resolve("token"), "a".repeat(43));
    var followed = FollowedAdminToken.open(file, InstantSource.system());
    var first = followed.get().value();

    Files.writeString(file, "b".repeat(43));
    var second = followed.get().value();
    Files.writeString(file, "rubbish");
    var third = followed.get().value();

    assertThat(first).isEqualTo("a".repeat(43));
    assertThat(second).isEqualTo("b".repeat(43));
    assertThat(third).isEqualTo(second);
  }

  @Test
  void isNotMadeByACommand() {
    assertThatThrownBy(() -> AdminToken.ofExisting(data()))
        .hasMessageContaining("there is no file");
  }

  private DataDirectory data() {
    return DataDirectory.openShared(folder);
  }
}
