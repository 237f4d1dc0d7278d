package dev.meshseal.testbed;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import tools.jackson.databind.json.JsonMapper;

/**
 * The same sidecar with its secrets on one aggregated stream, as control planes set it up.
 *
 * <p>The clusters that want secrets come from a file: as static ones both versions of Envoy crash,
 * for there is no aggregated stream yet when those are made.
 */
final class AdsBootstrap {
  private static final JsonMapper JSON = new JsonMapper();

  private AdsBootstrap() {}

  /**
   * @param yaml what {@code EnvoyBootstrap} has written
   * @param folder for the file with the clusters
   */
  static String of(String yaml, Path folder) {
    var bootstrap = map(new Load(LoadSettings.builder().build()).loadFromString(yaml));
    var clusters = list(map(bootstrap.get("static_resources")).get("clusters"));
    var withSecrets =
        new ArrayList<>(clusters.stream().filter(AdsBootstrap::wantsSecrets).toList());
    clusters.removeAll(withSecrets);
    var sources = new ArrayList<Map<String, Object>>();
    collectSources(List.of(bootstrap, withSecrets), sources);
    var ads = sources.getFirst().get("api_config_source");
    for (var source : sources) {
      source.remove("api_config_source");
      source.put("ads", Map.of());
    }
    bootstrap.put(
        "dynamic_resources",
        Map.of(
            "ads_config",
            ads,
            "cds_config",
            Map.of("path_config_source", Map.of("path", write(withSecrets, folder)))));
    return JSON.writeValueAsString(bootstrap);
  }

  private static boolean wantsSecrets(Object cluster) {
    var sources = new ArrayList<Map<String, Object>>();
    collectSources(cluster, sources);
    return !sources.isEmpty();
  }

  private static void collectSources(Object node, List<Map<String, Object>> found) {
    if (node instanceof Map<?, ?> map) {
      if (map.containsKey("sds_config")) {
        found.add(map(map.get("sds_config")));
      }
      map.values().forEach(child -> collectSources(child, found));
    } else if (node instanceof List<?> list) {
      list.forEach(child -> collectSources(child, found));
    }
  }

  private static String write(List<Object> clusters, Path folder) {
    for (var cluster : clusters) {
      map(cluster).put("@type", "type.googleapis.com/envoy.config.cluster.v3.Cluster");
    }
    try {
      Files.createDirectories(folder);
      var response = Map.of("version_info", "1", "resources", clusters);
      return Files.writeString(folder.resolve("clusters.json"), JSON.writeValueAsString(response))
          .toString();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @SuppressWarnings("unchecked") // the keys of what EnvoyBootstrap writes are strings
  private static Map<String, Object> map(@Nullable Object node) {
    return (Map<String, Object>) requireNonNull(node);
  }

  @SuppressWarnings("unchecked") // a list of anything
  private static List<Object> list(@Nullable Object node) {
    return (List<Object>) requireNonNull(node);
  }
}
