package dev.meshseal.testbed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The archive, unpacked elsewhere and run where there is no Java. */
class DistributionIT {
  private static final Pattern ADMIN =
      Pattern.compile("msg=serving .*admin=/(127\\.0\\.0\\.1:\\d+)");

  @TempDir private static Path folder;
  private static Path home = Path.of("");

  @BeforeAll
  static void unpackTheArchive() throws Exception {
    try (var archives = Files.list(Path.of("..", "deploy", "target").toAbsolutePath())) {
      var archive =
          archives
              .filter(file -> file.toString().endsWith(".tar.gz"))
              .findFirst()
              .orElseThrow(() -> new AssertionError("there is no archive; run 'mvn verify'"));
      var tar =
          new ProcessBuilder("tar", "-xzf", archive.toString(), "-C", folder.toString())
              .inheritIO()
              .start();
      assertThat(tar.waitFor()).isZero();
      home = folder.resolve(archive.getFileName().toString().replace(".tar.gz", ""));
    }
    // A PATH on which there is nothing but what the script calls.
    var path = Files.createDirectory(folder.resolve("path"));
    for (var tool : List.of("bash", "dirname", "readlink", "uname")) {
      Files.createSymbolicLink(path.resolve(tool), tool(tool));
    }
  }

  @Test
  void saysItsVersionWithoutAnyJava() throws Exception {
    var said = folder.resolve("version.txt");

    var exit = meshseal(said, "version").waitFor();

    assertThat(exit).as(Files.readString(said)).isZero();
    assertThat(Files.readString(said)).startsWith("meshseal ").contains("java     25.");
  }

  @Test
  void itsExamplesAreValid() throws Exception {
    var said = folder.resolve("validate.txt");

    var exit = meshseal(said, "validate", "-f", home.resolve("examples").toString()).waitFor();

    assertThat(exit).as(Files.readString(said)).isZero();
  }

  @Test
  void bringsTheChartAndTheDefinitionOfMesh() throws Exception {
    for (var file : List.of("chart/meshseal/Chart.yaml", "chart/meshseal/templates/rbac.yaml")) {
      assertThat(home.resolve(file)).hasSameTextualContentAs(Chart.inRepository("deploy/" + file));
    }
    assertThat(home.resolve("crd/kuma.io_meshes.yaml"))
        .hasSameTextualContentAs(Chart.inRepository("deploy/crd/kuma.io_meshes.yaml"));
    // The chart as it is in the archive is whole.
    assertThat(new Chart(home.resolve("chart/meshseal")).objects(List.of())).isNotEmpty();
  }

  @Test
  void servesAndStopsWhenAsked() throws Exception {
    var said = folder.resolve("run.txt");
    var server =
        meshseal(
            said,
            "run",
            "--data",
            folder.resolve("data").toString(),
            "--listen",
            "127.0.0.1:0",
            "--admin",
            "127.0.0.1:0");
    try {
      await()
          .atMost(Duration.ofMinutes(1))
          .until(() -> !server.isAlive() || ADMIN.matcher(Files.readString(said)).find());

      assertThat(get(admin(said), "/healthz").statusCode()).isEqualTo(200);
      assertThat(get(admin(said), "/metrics").body()).contains("meshseal_");
      assertThat(get(admin(said), "/api/v1/meshes").body()).contains("default");
      server.destroy();
      assertThat(server.waitFor(30, TimeUnit.SECONDS)).isTrue();
      assertThat(Files.readString(said))
          .as("the native provider and a clean end")
          .contains("crypto=\"AmazonCorrettoCryptoProvider", "msg=stopped")
          .doesNotContain("[aot]", "Exception");
    } finally {
      server.destroyForcibly().waitFor();
    }
  }

  @Test
  void namesTheLicenceOfEveryLibrary() throws Exception {
    var listed = Files.readString(home.resolve("THIRD-PARTY"));

    try (var jars = Files.list(home.resolve("lib"))) {
      assertThat(jars)
          .map(jar -> jar.getFileName().toString().replaceFirst("-\\d.*", ""))
          .filteredOn(name -> !name.startsWith("meshseal-"))
          .isNotEmpty()
          .allMatch(name -> listed.contains(":" + name + ":"));
    }
    assertThat(home.resolve("LICENSE")).isNotEmptyFile();
    assertThat(home.resolve("NOTICE")).isNotEmptyFile();
  }

  private static Process meshseal(Path said, String... arguments) throws IOException {
    var command =
        Stream.concat(
                Stream.of(home.resolve("bin").resolve("meshseal").toString()), Stream.of(arguments))
            .toList();
    var builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(said.toFile());
    builder.environment().clear();
    builder.environment().put("PATH", folder.resolve("path").toString());
    builder.environment().put("HOME", folder.toString());
    return builder.start();
  }

  private static String admin(Path said) throws IOException {
    var log = Files.readString(said);
    var serving = ADMIN.matcher(log);
    assertThat(serving.find()).as(log).isTrue();
    return serving.group(1);
  }

  private static HttpResponse<String> get(String admin, String path) throws Exception {
    try (var http = HttpClient.newHttpClient()) {
      return http.send(
          HttpRequest.newBuilder(URI.create("http://" + admin + path)).build(),
          HttpResponse.BodyHandlers.ofString());
    }
  }

  private static Path tool(String name) {
    return Stream.of("/usr/bin", "/bin")
        .map(folder -> Path.of(folder, name))
        .filter(Files::isExecutable)
        .findFirst()
        .orElseThrow(() -> new AssertionError("there is no " + name + " in /usr/bin or /bin"));
  }
}
