package dev.meshseal.server;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;

/**
 * A host and a port as people write them: {@code 127.0.0.1:5690}, {@code [::1]:5690}.
 *
 * @param port 0 for one that the system chooses
 */
public record HostPort(String host, int port) {
  public HostPort {
    if (host.isBlank()) {
      throw new IllegalArgumentException("an address needs a host, as in 127.0.0.1:5690");
    }
    if (port < 0 || port > 65_535) {
      throw new IllegalArgumentException("a port is 0 to 65535, got " + port);
    }
  }

  /**
   * Reads {@code HOST:PORT}.
   *
   * @throws IllegalArgumentException with what would be right
   */
  public static HostPort parse(String text) {
    var colon = text.lastIndexOf(':');
    if (colon < 1) {
      throw new IllegalArgumentException(
          "an address is written HOST:PORT, got '%s'".formatted(text));
    }
    var host = text.substring(0, colon);
    if (host.startsWith("[") && host.endsWith("]")) {
      host = host.substring(1, host.length() - 1);
    } else if (host.contains(":")) {
      throw new IllegalArgumentException(
          "an IPv6 address is written [ADDRESS]:PORT, got '%s'".formatted(text));
    }
    try {
      return new HostPort(host, Integer.parseInt(text.substring(colon + 1)));
    } catch (NumberFormatException notANumber) {
      throw new IllegalArgumentException(
          "an address is written HOST:PORT with a number as port, got '%s'".formatted(text),
          notANumber);
    }
  }

  /**
   * The address itself. Blocks where the host is a name.
   *
   * @throws IllegalArgumentException if the name is unknown
   */
  public InetSocketAddress resolve() {
    try {
      return new InetSocketAddress(InetAddress.getByName(host), port);
    } catch (UnknownHostException unknown) {
      throw new IllegalArgumentException("there is no host '%s'".formatted(host), unknown);
    }
  }

  public boolean isLoopback() {
    return resolve().getAddress().isLoopbackAddress();
  }

  @Override
  public String toString() {
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
  }
}
