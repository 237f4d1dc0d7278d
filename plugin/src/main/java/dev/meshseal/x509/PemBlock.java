package dev.meshseal.x509;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Pattern;

/** One block between its two lines. Prints none of its content, which may be a key. */
final class PemBlock {
  private static final String BEGIN = "-----BEGIN ";
  private static final Pattern BEGIN_LINE = Pattern.compile("-----BEGIN ([A-Z0-9 ]{1,40})-----");

  private final String label;
  private final byte[] der;
  private final boolean encrypted;

  private PemBlock(String label, byte[] der, boolean encrypted) {
    this.label = label;
    this.der = der;
    this.encrypted = encrypted;
  }

  String label() {
    return label;
  }

  byte[] der() {
    return der;
  }

  /** Whether the content needs a passphrase, by either of the two ways to write that. */
  boolean isEncrypted() {
    return encrypted;
  }

  static List<PemBlock> read(byte[] pem) {
    if (pem.length > Pem.MAX_BYTES) {
      throw new InvalidPemException(
          "has %d bytes; at most %d are read".formatted(pem.length, Pem.MAX_BYTES));
    }
    var lines = new String(pem, StandardCharsets.ISO_8859_1).lines().map(String::strip).toList();
    var blocks = new ArrayList<PemBlock>();
    int next = 0;
    for (int begin = find(lines, 0); begin < lines.size(); begin = find(lines, next)) {
      next = readBlock(lines, begin, blocks);
    }
    requireNothingAfter(lines, next, blocks);
    return blocks;
  }

  private static int find(List<String> lines, int from) {
    int line = from;
    while (line < lines.size() && !lines.get(line).startsWith(BEGIN)) {
      line++;
    }
    return line;
  }

  private static int readBlock(List<String> lines, int begin, List<PemBlock> blocks) {
    var matcher = BEGIN_LINE.matcher(lines.get(begin));
    if (!matcher.matches()) {
      throw new InvalidPemException("has at line %d a damaged BEGIN line".formatted(begin + 1));
    }
    var label = matcher.group(1);
    int end = lines.subList(begin, lines.size()).indexOf("-----END " + label + "-----") + begin;
    if (end < begin) {
      throw new InvalidPemException(
          "has no END line for the '%s' that begins at line %d".formatted(label, begin + 1));
    }
    blocks.add(of(label, lines.subList(begin + 1, end), begin + 1));
    return end + 1;
  }

  private static PemBlock of(String label, List<String> body, int line) {
    // RFC 1421 headers: only old encrypted keys have them.
    boolean encrypted =
        label.startsWith("ENCRYPTED") || body.stream().anyMatch(text -> text.contains(":"));
    if (encrypted) {
      return new PemBlock(label, new byte[0], true);
    }
    try {
      return new PemBlock(label, Base64.getDecoder().decode(String.join("", body)), false);
    } catch (IllegalArgumentException notBase64) {
      // The cause would quote a character of what may be a key.
      throw new InvalidPemException(
          "has in the '%s' that begins at line %d text that is not base64".formatted(label, line));
    }
  }

  private static void requireNothingAfter(List<String> lines, int next, List<PemBlock> blocks) {
    if (!blocks.isEmpty()
        && !lines.subList(next, lines.size()).stream().allMatch(String::isEmpty)) {
      throw new InvalidPemException("has text after its last PEM block, at line " + (next + 1));
    }
  }

  @Override
  public String toString() {
    return "PEM block '" + label + "'";
  }
}
