package dev.meshseal.testbed;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.schema.CoreSchema;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The chart of this work tree, rendered by the real Helm without a cluster. */
record Chart(Path folder) {
  static final String NAMESPACE = "meshseal-system";

  /** The file or folder of the repository. */
  static Path inRepository(String path) {
    return Stream.of(Path.of(path), Path.of("..").resolve(path))
        .filter(Files::exists)
        .findFirst()
        .orElseThrow(() -> new AssertionError(path + " is not in this work tree"))
        .toAbsolutePath()
        .normalize();
  }

  static Chart ofThisTree() {
    return new Chart(inRepository("deploy/chart/meshseal"));
  }

  /** What Helm says to the values, as {@code --set-json} has them: {@code a.b=true}. */
  Command template(List<String> values) {
    return templateOf("meshseal", values);
  }

  Command templateOf(String release, List<String> values) {
    return helm("template", values, release, folder.toString(), "--namespace", NAMESPACE);
  }

  Command lint(List<String> values) {
    return helm("lint", values, folder.toString(), "--strict", "--namespace", NAMESPACE);
  }

  /** The objects that Helm would apply. */
  List<JsonNode> objects(List<String> values) {
    return documents(template(values).requireZero());
  }

  /** The objects of another release, named as its namespace. */
  List<JsonNode> objectsIn(String namespace, List<String> values) {
    return objectsOf(namespace, namespace, values);
  }

  List<JsonNode> objectsOf(String release, String namespace, List<String> values) {
    var rendered = helm("template", values, release, folder.toString(), "--namespace", namespace);
    return documents(rendered.requireZero());
  }

  String read(String file) {
    return read(folder.resolve(file));
  }

  static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static List<JsonNode> documents(String yaml) {
    var documents = new ArrayList<JsonNode>();
    var settings = LoadSettings.builder().setSchema(new CoreSchema()).build();
    for (Object document : new Load(settings).loadAllFromString(yaml)) {
      if (document != null) {
        documents.add(JsonMapper.shared().valueToTree(document));
      }
    }
    return List.copyOf(documents);
  }

  private static Command helm(String verb, List<String> values, String... more) {
    var command = new ArrayList<String>();
    command.add(Testbed.path("helm").toString());
    command.add(verb);
    command.addAll(List.of(more));
    command.addAll(List.of("--kube-version", "1.36.3"));
    values.forEach(value -> command.addAll(List.of("--set-json", value)));
    try {
      return Command.run(command);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted in " + command, e);
    }
  }
}
