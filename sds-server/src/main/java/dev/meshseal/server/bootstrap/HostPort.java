package dev.meshseal.server.bootstrap;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.regex.Pattern;

/** A host name or IP address, and a port; an IPv6 address is written in brackets. */
public record HostPort(String host, int port) {
  private static final Pattern IPV4 =
      Pattern.compile("((25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)(\\.(?!$)|$)){4}");
  private static final Pattern IPV6 = Pattern.compile("[0-9a-fA-F:.]*:[0-9a-fA-F:.]*");
  private static final Pattern NAME =
      Pattern.compile("(?=.{1,253}$)[a-zA-Z0-9_]([a-zA-Z0-9_-]{0,62})(\\.[a-zA-Z0-9_-]{1,63})*");
  private static final Pattern DOTTED_DIGITS = Pattern.compile("[0-9.]+");

  public HostPort {
    if (!isIp(host) && (!NAME.matcher(host).matches() || DOTTED_DIGITS.matcher(host).matches())) {
      throw new IllegalArgumentException(
          "'%s' is neither a host name nor an IP address".formatted(host));
    }
    if (port < 0 || port > 65_535) {
      throw new IllegalArgumentException("a port is 0 to 65535, got %d".formatted(port));
    }
  }

  /** Reads {@code HOST:PORT}. */
  public static HostPort parse(String text) {
    var colon = text.lastIndexOf(':');
    if (colon < 1) {
      throw new IllegalArgumentException("must be HOST:PORT, got '%s'".formatted(text));
    }
    return new HostPort(withoutBrackets(text.substring(0, colon)), port(text.substring(colon + 1)));
  }

  /** Reads a port, without saying yet that 0 is one a client can use. */
  static int port(String text) {
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("a port is 0 to 65535, got '%s'".formatted(text), e);
    }
  }

  private static String withoutBrackets(String host) {
    if (host.startsWith("[") && host.endsWith("]")) {
      return host.substring(1, host.length() - 1);
    }
    if (host.indexOf(':') >= 0) {
      throw new IllegalArgumentException(
          "an IPv6 address is written in brackets, as [%s]:PORT".formatted(host));
    }
    return host;
  }

  /** Whether the host is an IP address, which needs no DNS. */
  public boolean isIp() {
    return isIp(host);
  }

  private static boolean isIp(String host) {
    return IPV4.matcher(host).matches() || IPV6.matcher(host).matches();
  }

  /** Whether what is sent there cannot leave the machine. */
  public boolean isLoopback() {
    return host.equals("localhost") || host.equals("::1") || (isIp() && host.startsWith("127."));
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

  @Override
  public String toString() {
    return host.indexOf(':') < 0 ? host + ":" + port : "[" + host + "]:" + port;
  }
}
