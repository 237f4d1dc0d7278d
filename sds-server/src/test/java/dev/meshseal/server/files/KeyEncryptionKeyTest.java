package dev.meshseal.server.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KeyEncryptionKeyTest {
  private static final String HEX = "00112233445566778899aabbccddeeff".repeat(2);

  @TempDir private Path folder;

  @Test
  void readsTheSameKeyFromHexadecimalAndBase64() throws IOException {
    var base64 = Base64.getEncoder().encodeToString(java.util.HexFormat.of().parseHex(HEX));

    var fromHex = KeyEncryptionKey.read(file(HEX + "\n"));
    var fromBase64 = KeyEncryptionKey.read(file(base64));

    assertThat(fromHex.id()).isEqualTo(fromBase64.id());
    assertThat(fromHex.toString()).doesNotContain(HEX.substring(0, 8), base64.substring(0, 8));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "hello", "00112233445566778899aabbccddeeff", "not base64 at all, and long"})
  void refusesWhatIsNoKeyWithoutQuotingIt(String text) throws IOException {
    var file = file(text);

    assertThatThrownBy(() -> KeyEncryptionKey.read(file))
        .hasMessage(
            "--kek-file '%s' must hold 32 bytes as hexadecimal or base64; make one with: openssl rand -hex 32",
            file);
  }

  @Test
  void saysThatThereIsNoFile() {
    var none = folder.resolve("none");

    assertThatThrownBy(() -> KeyEncryptionKey.read(none))
        .hasMessageContaining("--kek-file '%s' cannot be read", none);
  }

  @Test
  void decryptsOnlyUnalteredAndForTheSameContext() {
    var key = KeyEncryptionKey.parse(HEX).orElseThrow();
    var secret = bytes("secret");
    var encrypted = key.encrypt(secret, bytes("mesh a"));

    assertThat(key.decrypt(encrypted, bytes("mesh a"))).contains(secret);
    assertThat(key.decrypt(encrypted, bytes("mesh b"))).isEmpty();
    assertThat(key.decrypt(new byte[3], bytes("mesh a"))).isEmpty();
    for (var at = 0; at < encrypted.length; at++) {
      var altered = encrypted.clone();
      altered[at] ^= 1;
      assertThat(key.decrypt(altered, bytes("mesh a"))).isEmpty();
    }
  }

  @Test
  void neverEncryptsTheSameTwiceTheSameWay() {
    var key = KeyEncryptionKey.parse(HEX).orElseThrow();

    assertThat(key.encrypt(bytes("secret"), bytes("m")))
        .isNotEqualTo(key.encrypt(bytes("secret"), bytes("m")));
  }

  private Path file(String text) throws IOException {
    return Files.writeString(folder.resolve("kek"), text);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
