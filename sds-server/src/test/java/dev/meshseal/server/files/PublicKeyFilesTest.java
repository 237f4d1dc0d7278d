package dev.meshseal.server.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.meshseal.server.auth.SigningKey;
import dev.meshseal.x509.Pem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PublicKeyFilesTest {
  @TempDir private Path folder;

  @Test
  void readsKeysForOneMeshAndForAll() throws IOException {
    var file = key("key.pem");

    var keys = PublicKeyFiles.read(List.of("1@default=" + file, "ci=" + file));

    assertThat(keys.find("1", Optional.of("default"))).hasSize(1);
    assertThat(keys.find("1", Optional.of("other"))).isEmpty();
    assertThat(keys.find("1", Optional.empty())).isEmpty();
    assertThat(keys.find("ci", Optional.of("other"))).hasSize(1);
  }

  @Test
  void saysAllThatIsWrongAtOnce() throws IOException {
    var none = folder.resolve("none");
    var text = Files.writeString(folder.resolve("text"), "hello");

    assertThatThrownBy(() -> PublicKeyFiles.read(List.of("1=" + none, "2=" + text, "3")))
        .isInstanceOf(DataDirectoryException.class)
        .hasMessageContaining("--token-public-key '1=%s' cannot be read", none)
        .hasMessageContaining("--token-public-key '2=%s' has ", text)
        .hasMessageContaining("--token-public-key '3' must be written KID[@MESH]=FILE");
  }

  private Path key(String name) throws IOException {
    return Files.writeString(folder.resolve(name), Pem.publicKey(SigningKey.create(1).publicKey()));
  }
}
