package dev.meshseal.server.admin;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Properties;

/** Which build this is. */
public record BuildInfo(String version, String commit) {
  /** Of the classes that run now; what the build did not know is {@code unknown}. */
  public static BuildInfo ofThisBuild() {
    var properties = new Properties();
    try (var resource = BuildInfo.class.getResourceAsStream("build.properties")) {
      if (resource != null) {
        properties.load(resource);
      }
    } catch (IOException unreadable) {
      throw new UncheckedIOException("build.properties cannot be read", unreadable);
    }
    return new BuildInfo(value(properties, "version"), value(properties, "commit"));
  }

  private static String value(Properties properties, String name) {
    var value = properties.getProperty(name, "").strip();
    return value.isEmpty() || value.startsWith("${") ? "unknown" : value;
  }
}
