package dev.meshseal.x509;

import java.net.InetAddress;
import java.util.List;

/** The value of a {@code subjectAltName} extension, DER (RFC 5280, 4.2.1.6). */
final class SubjectNames {
  static final int DNS = 0x82;
  static final int URI = 0x86;
  static final int IP = 0x87;

  private SubjectNames() {}

  static byte[] uris(List<String> uris) {
    var names = new DerWriter();
    for (var uri : uris.reversed()) {
      name(names, URI, uri);
    }
    return names.close(DerWriter.SEQUENCE, 0).toByteArray();
  }

  /** Host names and literal addresses. */
  static byte[] hosts(List<String> hosts) {
    var names = new DerWriter();
    for (var host : hosts.reversed()) {
      if (host.indexOf(':') >= 0 || host.matches("[0-9.]+")) {
        names.element(IP, address(host));
      } else {
        name(names, DNS, host);
      }
    }
    return names.close(DerWriter.SEQUENCE, 0).toByteArray();
  }

  private static void name(DerWriter names, int tag, String name) {
    requireVisibleAscii(name);
    int mark = names.mark();
    names.prependAscii(name).close(tag, mark);
  }

  // Verifiers have read a name only up to its NUL, or the bytes of another alphabet as their own.
  private static void requireVisibleAscii(String name) {
    if (name.isEmpty() || !name.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
      throw new IllegalArgumentException(
          "a certificate's name has visible ASCII characters only, got '%s'"
              .formatted(name.replaceAll("[^!-~]", "?")));
    }
  }

  private static byte[] address(String literal) {
    try {
      return InetAddress.ofLiteral(literal).getAddress();
    } catch (IllegalArgumentException notAnAddress) {
      throw new IllegalArgumentException(
          "'%s' is not an IP address".formatted(literal), notAnAddress);
    }
  }
}
