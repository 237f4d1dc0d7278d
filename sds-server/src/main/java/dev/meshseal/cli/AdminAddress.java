package dev.meshseal.cli;

import java.net.URI;
import java.util.Set;
import java.util.regex.Pattern;

/** Where a server's admin endpoints are. */
record AdminAddress(String host, int port) {
  private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "[::1]");
  private static final Pattern ADDRESS =
      Pattern.compile("(?<host>[A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.]+]):(?<port>[0-9]{1,5})");

  /**
   * Reads {@code HOST:PORT}.
   *
   * @throws CliException if it is anything else
   */
  static AdminAddress parse(String text) {
    var matcher = ADDRESS.matcher(text);
    if (!matcher.matches()) {
      throw CliException.wrongUsage("--admin is HOST:PORT, got '%s'".formatted(text));
    }
    var port = Integer.parseInt(matcher.group("port"));
    if (port < 1 || port > 65_535) {
      throw CliException.wrongUsage("a port is 1 to 65535, got %d".formatted(port));
    }
    return new AdminAddress(matcher.group("host"), port);
  }

  boolean isLoopback() {
    return LOOPBACK.contains(host);
  }

  /** Plaintext on loopback only. */
  URI resolve(String path) {
    return URI.create("%s://%s%s".formatted(isLoopback() ? "http" : "https", this, path));
  }

  @Override
  public String toString() {
    return host + ":" + port;
  }
}
