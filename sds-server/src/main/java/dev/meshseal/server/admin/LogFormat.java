package dev.meshseal.server.admin;

import java.util.Locale;

/** How a log line is written. */
public enum LogFormat {
  /** {@code key=value} pairs. */
  TEXT,
  JSON;

  /**
   * @throws IllegalArgumentException if there is no such format
   */
  public static LogFormat parse(String word) {
    for (var format : values()) {
      if (format.toString().equals(word.toLowerCase(Locale.ROOT))) {
        return format;
      }
    }
    throw new IllegalArgumentException("a log format is text or json, got '%s'".formatted(word));
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
