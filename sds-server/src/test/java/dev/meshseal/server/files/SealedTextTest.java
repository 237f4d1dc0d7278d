package dev.meshseal.server.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SealedTextTest {
  private static final SealedText SEALED = new SealedText("test file", 3);

  @TempDir private Path folder;

  @Test
  void readsWhatWasSealed() throws IOException {
    assertThat(SEALED.read(file(SEALED.seal("a\nb\n")))).contains("a\nb\n");
  }

  @Test
  void thereIsNothingWhereThereIsNoFile() {
    assertThat(SEALED.read(folder.resolve("none"))).isEmpty();
  }

  @Test
  void refusesAFileThatWasCutOffAnywhere() throws IOException {
    var whole = SEALED.seal("the content");

    for (var length = 0; length < whole.length; length++) {
      var cut = file(Arrays.copyOf(whole, length));

      assertThatThrownBy(() -> SEALED.read(cut))
          .isInstanceOf(DataDirectoryException.class)
          .hasMessageContaining("file '%s'", cut);
    }
  }

  @Test
  void refusesAFileWithAnyBitChanged() throws IOException {
    var whole = SEALED.seal("the content");

    for (var bit = 0; bit < whole.length * 8; bit++) {
      var changed = whole.clone();
      changed[bit / 8] ^= (byte) (1 << (bit % 8));
      var file = file(changed);

      assertThatThrownBy(() -> SEALED.read(file)).isInstanceOf(DataDirectoryException.class);
    }
  }

  @Test
  void refusesTheFileOfANewerVersion() throws IOException {
    var newer = file(new SealedText("test file", 4).seal("x"));

    assertThatThrownBy(() -> SEALED.read(newer))
        .hasMessageContaining("has format 4, and this version reads 3");
  }

  @Test
  void refusesAFileOfAnotherKind() throws IOException {
    var other = file(new SealedText("signing key", 3).seal("x"));

    assertThatThrownBy(() -> SEALED.read(other))
        .hasMessageContaining("holds a signing key where a test file belongs");
  }

  @Test
  void refusesAHugeFileWithoutReadingItWhole() throws IOException {
    var huge = folder.resolve("huge");
    try (var channel =
        Files.newByteChannel(
            huge,
            java.util.Set.of(
                java.nio.file.StandardOpenOption.CREATE, java.nio.file.StandardOpenOption.WRITE))) {
      channel.position(1L << 40);
      channel.write(java.nio.ByteBuffer.wrap("x".getBytes(StandardCharsets.US_ASCII)));
    }

    assertThatThrownBy(() -> SEALED.read(huge)).hasMessageContaining("more than");
  }

  private Path file(byte[] content) throws IOException {
    return Files.write(folder.resolve("file"), content);
  }
}
