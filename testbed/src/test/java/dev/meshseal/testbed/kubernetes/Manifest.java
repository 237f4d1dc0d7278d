package dev.meshseal.testbed.kubernetes;

import java.util.ArrayList;
import java.util.List;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.schema.CoreSchema;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** One document of a YAML text, with what its path in the API is made of. */
record Manifest(String apiVersion, String kind, String namespace, String name, String json) {
  private static final JsonMapper JSON = JsonMapper.shared();

  static List<Manifest> readAll(String yaml) {
    var settings = LoadSettings.builder().setSchema(new CoreSchema()).build();
    var manifests = new ArrayList<Manifest>();
    for (Object document : new Load(settings).loadAllFromString(yaml)) {
      if (document != null) {
        manifests.add(of(JSON.valueToTree(document)));
      }
    }
    return List.copyOf(manifests);
  }

  private static Manifest of(JsonNode document) {
    return new Manifest(
        document.path("apiVersion").asString(),
        document.path("kind").asString(),
        document.path("metadata").path("namespace").asString("default"),
        document.path("metadata").path("name").asString(),
        document.toString());
  }
}
