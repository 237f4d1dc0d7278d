package dev.meshseal.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meshseal.server.admin.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ValidateCommandTest {
  private static final String GOOD =
      """
      type: Mesh
      name: default
      mtls:
        enabledBackend: ca-1
        backends:
        - name: ca-1
          type: builtin
      """;
  private static final String BAD =
      """
      type: Mesh
      name: default
      mtls:
        enabledBackend: ca-2
        backends:
        - name: ca-1
          type: builtin
          dpCert:
            rotation:
              expiration: 1s
      """;

  @TempDir private Path folder;
  private final Shell shell = new Shell();

  @Test
  void saysHowManyDocumentsAreValid() throws IOException {
    var file = Files.writeString(folder.resolve("mesh.yaml"), GOOD + "---\n" + other(GOOD));

    var result = shell.run("validate", "-f", file.toString());

    assertThat(result.exitCode()).isEqualTo(ExitCode.DONE);
    assertThat(result.out()).isEqualTo("2 documents valid\n");
  }

  @Test
  void listsEveryViolationOfEveryDocument() throws IOException {
    var file = Files.writeString(folder.resolve("mesh.yaml"), GOOD + "---\n" + other(BAD));

    var result = shell.run("validate", "-f", file.toString());

    assertThat(result.exitCode()).isEqualTo(ExitCode.NO);
    assertThat(result.out().lines())
        .hasSize(2)
        .allMatch(line -> line.startsWith(file + ":2: mtls."))
        .anyMatch(line -> line.contains(": mtls.enabledBackend: is 'ca-2'"))
        .anyMatch(line -> line.contains(": mtls.backends[0].dpCert.rotation.expiration: "));
  }

  @Test
  void listsThemAsJson() throws IOException {
    var file = Files.writeString(folder.resolve("mesh.yaml"), BAD);

    var result = shell.run("validate", "-f", file.toString(), "-o", "json");

    var rows = Json.parse(result.out().getBytes(StandardCharsets.UTF_8));
    assertThat(result.exitCode()).isEqualTo(ExitCode.NO);
    assertThat(rows.size()).isEqualTo(2);
    assertThat(rows.get(0).propertyNames())
        .containsExactly("file", "document", "kind", "name", "path", "message");
    assertThat(rows.get(0).path("kind").asString()).isEqualTo("Mesh");
    assertThat(rows.get(0).path("document").asInt()).isEqualTo(1);
  }

  @Test
  void hasAnEmptyListWhenAllIsValid() throws IOException {
    var file = Files.writeString(folder.resolve("mesh.yaml"), GOOD);

    var result = shell.run("validate", "-f", file.toString(), "-o", "json");

    assertThat(result.exitCode()).isEqualTo(ExitCode.DONE);
    assertThat(Json.parse(result.out().getBytes(StandardCharsets.UTF_8)).isEmpty()).isTrue();
  }

  @Test
  void readsStandardInput() {
    var result = new Shell(Map.of(), BAD).run("validate", "-f", "-");

    assertThat(result.exitCode()).isEqualTo(ExitCode.NO);
    assertThat(result.out()).contains("stdin:1: mtls.enabledBackend: ");
  }

  @Test
  void readsAFolderAndLeavesOutWhatIsHidden() throws IOException {
    Files.writeString(folder.resolve("a.yaml"), GOOD);
    Files.writeString(folder.resolve("b.txt"), BAD);
    Files.createDirectory(folder.resolve("..data"));
    Files.writeString(folder.resolve("..data").resolve("a.yaml"), BAD);
    Files.createDirectory(folder.resolve("more"));
    Files.writeString(folder.resolve("more").resolve("c.yml"), other(GOOD));

    var result = shell.run("validate", "-f", folder.toString());

    assertThat(result.out()).isEqualTo("2 documents valid\n");
  }

  @Test
  void saysThatAFolderIsEmpty() {
    var result = shell.run("validate", "-f", folder.toString());

    assertThat(result.exitCode()).isEqualTo(ExitCode.NO);
    assertThat(result.err()).contains("holds no file that ends in .yaml");
  }

  @Test
  void findsTheSameMeshInTwoFiles() throws IOException {
    Files.writeString(folder.resolve("a.yaml"), GOOD);
    Files.writeString(folder.resolve("b.yaml"), GOOD);

    var result = shell.run("validate", "-f", folder.toString());

    assertThat(result.exitCode()).isEqualTo(ExitCode.NO);
    assertThat(result.out()).contains("b.yaml:1: name: ", "a.yaml:1");
  }

  @Test
  void notesWhatIsIgnoredOnStandardError() throws IOException {
    var file = Files.writeString(folder.resolve("mesh.yaml"), GOOD + "logging: {}\n");

    var result = shell.run("validate", "-f", file.toString());

    assertThat(result.exitCode()).isEqualTo(ExitCode.DONE);
    assertThat(result.err()).contains("mesh.yaml:1: note: ", "logging");
    assertThat(result.out()).isEqualTo("1 document valid\n");
  }

  @Test
  void acceptsABackendThatThisVersionCannotOpen() throws IOException {
    var file =
        Files.writeString(
            folder.resolve("mesh.yaml"),
            """
            type: Mesh
            name: default
            mtls:
              enabledBackend: pca
              backends:
              - name: pca
                type: acmpca
                conf:
                  arn: arn:aws:acm-pca:eu-central-1:123456789012:certificate-authority/11111111-2222-3333-4444-555555555555
                  caCert:
                    secret: root
            """);

    var result = shell.run("validate", "-f", file.toString());

    assertThat(result.out()).isEqualTo("1 document valid\n");
  }

  @Test
  void letsNoDocumentMoveTheCursor() {
    var result =
        new Shell(Map.of(), "type: \"Mesh\\e[2J\"\nname: \"a\\nb: c\"\n")
            .run("validate", "-f", "-");

    assertThat(result.out() + result.err()).doesNotContain("\u001b");
    assertThat(result.out().lines()).allMatch(line -> line.startsWith("stdin:1: "));
  }

  private static String other(String mesh) {
    return mesh.replace("name: default", "name: other");
  }
}
