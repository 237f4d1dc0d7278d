package dev.meshseal.server.admin;

import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Properties;

/** Which build this is. */
public record BuildInfo(String version, String commit) {
  /** Of the classes that run now; what the build did not know is {@code unknown}. */
  public static BuildInfo ofThisBuild() {
    var properties = new Properties();
    try (var version = new StringReader(resource("build.properties"))) {
      properties.load(version);
    } catch (IOException unreadable) {
      throw new UncheckedIOException("build.properties cannot be read", unreadable);
    }
    return new BuildInfo(
        known(properties.getProperty("version", "")), known(resource("commit.txt").strip()));
  }

  private static String resource(String name) {
    try (var resource = BuildInfo.class.getResourceAsStream(name)) {
      return resource == null ? "" : new String(resource.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException unreadable) {
      throw new UncheckedIOException(name + " cannot be read", unreadable);
    }
  }

  private static String known(String value) {
    return value.isEmpty() || value.startsWith("${") ? "unknown" : value;
  }
}
