package dev.meshseal.x509;

import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** The value of a {@code subjectAltName} extension, DER (RFC 5280, 4.2.1.6). */
final class SubjectNames {
  static final int DNS = 0x82;
  static final int URI = 0x86;
  static final int IP = 0x87;

  private SubjectNames() {}

  static byte[] uris(List<String> uris) {
    return of(uris, List.of());
  }

  /** URIs, then DNS names. */
  static byte[] of(List<String> uris, List<String> dnsNames) {
    var names = new DerWriter();
    for (var dnsName : dnsNames.reversed()) {
      name(names, DNS, dnsName);
    }
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
              .formatted(printable(name)));
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

  /** Every name with its kind, as in {@code URI:spiffe://default/web}. */
  static List<String> read(byte[] value) {
    var names = new ArrayList<String>();
    var sequence = DerReader.of(value).enter(DerWriter.SEQUENCE);
    while (sequence.hasMore()) {
      int tag = sequence.peekTag();
      names.add(kind(tag) + ":" + text(tag, sequence.content(tag)));
    }
    return names;
  }

  private static String kind(int tag) {
    return switch (tag) {
      case URI -> "URI";
      case DNS -> "DNS";
      case IP -> "IP";
      case 0x81 -> "email";
      default -> "name of kind " + (tag & 0x1f);
    };
  }

  private static String text(int tag, byte[] content) {
    return tag == URI || tag == DNS || tag == 0x81
        ? printable(new String(content, StandardCharsets.ISO_8859_1))
        : HexFormat.of().formatHex(content);
  }

  /** The text, each character that could deceive a reader replaced, and no longer than a line. */
  static String printable(String text) {
    var visible = text.replaceAll("[^ -~]", "?");
    return visible.length() <= 2048 ? visible : visible.substring(0, 2048) + "...";
  }
}
