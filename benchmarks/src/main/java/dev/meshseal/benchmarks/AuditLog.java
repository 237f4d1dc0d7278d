package dev.meshseal.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What the API server has written down of calls it has answered. */
record AuditLog(Path file) {
  /** A place in the log: where it ends now. */
  long end() {
    try {
      return Files.size(file);
    } catch (IOException failed) {
      throw new UncheckedIOException("%s cannot be read".formatted(file), failed);
    }
  }

  /** How often a user has made each call since a place in the log, as {@code create pods}. */
  Map<String, Long> callsSince(long place, String user) {
    try (var in = Files.newInputStream(file)) {
      in.skipNBytes(place);
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> line.endsWith("}") && line.contains(user))
          .map(JsonMapper.shared()::readTree)
          .filter(event -> event.path("user").path("username").asString().equals(user))
          .filter(event -> event.path("stage").asString().equals("ResponseComplete"))
          .collect(Collectors.groupingBy(AuditLog::call, TreeMap::new, Collectors.counting()));
    } catch (IOException failed) {
      throw new UncheckedIOException("%s cannot be read".formatted(file), failed);
    }
  }

  private static String call(JsonNode event) {
    var object = event.path("objectRef");
    var part = object.path("subresource").asString("");
    return "%s %s%s"
        .formatted(
            event.path("verb").asString(),
            object.path("resource").asString("?"),
            part.isEmpty() ? "" : "/" + part);
  }
}
