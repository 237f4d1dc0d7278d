package dev.meshseal.server.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FileNameTest {
  @ParameterizedTest
  @CsvSource({
    "default, default",
    "ca-1.eu_west, ca-1.eu_west",
    "Default, %44efault",
    "a/b, a%2fb",
    "a%2fb, a%252fb",
    ".., %2e.",
    "., %2e",
    ".hidden, %2ehidden",
    "ü, %c3%bc",
    "a b, a%20b"
  })
  void writesANameAsAFileName(String name, String file) {
    assertThat(FileName.of(name)).isEqualTo(file);
  }

  @ParameterizedTest
  @ValueSource(strings = {"..", "../..", "/etc/passwd", "a/../../b", "\0", "..\\..", "~", "-rf"})
  void noNameLeadsOutOfItsFolder(String name) {
    var folder = Path.of("/data/meshes");

    assertThat(folder.resolve(FileName.of(name)).normalize().getParent()).isEqualTo(folder);
  }

  @Test
  void refusesANameThatNoFileSystemTakes() {
    assertThatThrownBy(() -> FileName.of("a".repeat(201))).hasMessageContaining("has 201");
    assertThatThrownBy(() -> FileName.of("")).hasMessageContaining("has 0");
  }
}
