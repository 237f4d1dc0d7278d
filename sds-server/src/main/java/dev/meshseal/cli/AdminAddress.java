package dev.meshseal.cli;

import java.net.URI;
import java.util.Set;
import java.util.regex.Pattern;

/** Where a server's admin endpoints are, and whether they speak TLS. */
record AdminAddress(String host, int port, boolean tls) {
  private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "[::1]");
  private static final Pattern ADDRESS =
      Pattern.compile(
          "(?:(?<scheme>https?)://)?(?<host>[A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.]+]):(?<port>[0-9]{1,5})/?");

  /**
   * Reads {@code HOST:PORT}, which is without TLS on loopback and with it elsewhere, or a URL that
   * says so itself.
   *
   * @throws CliException if it is anything else
   */
  static AdminAddress parse(String text) {
    var matcher = ADDRESS.matcher(text);
    if (!matcher.matches()) {
      throw CliException.wrongUsage(
          "--admin is HOST:PORT or https://HOST:PORT, got '%s'".formatted(text));
    }
    var port = Integer.parseInt(matcher.group("port"));
    if (port < 1 || port > 65_535) {
      throw CliException.wrongUsage("a port is 1 to 65535, got %d".formatted(port));
    }
    var host = matcher.group("host");
    var scheme = matcher.group("scheme");
    boolean isLoopback = LOOPBACK.contains(host);
    if ("http".equals(scheme) && !isLoopback) {
      throw CliException.wrongUsage(
          "--admin '%s' is not on loopback, where only https is asked".formatted(text));
    }
    return new AdminAddress(host, port, scheme == null ? !isLoopback : scheme.equals("https"));
  }

  URI resolve(String path) {
    return URI.create("%s://%s%s".formatted(tls ? "https" : "http", this, path));
  }

  @Override
  public String toString() {
    return host + ":" + port;
  }
}
