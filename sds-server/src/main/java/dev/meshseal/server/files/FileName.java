package dev.meshseal.server.files;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/**
 * A name that an operator chose, as a file name of its own: no two names share one, also where the
 * file system does not tell capitals from small letters, and none leads out of its folder.
 */
final class FileName {
  private static final String PLAIN = "abcdefghijklmnopqrstuvwxyz0123456789-_.";
  // Most file systems take 255 bytes.
  private static final int LONGEST = 200;
  private static final HexFormat HEX = HexFormat.of();

  private FileName() {}

  /**
   * @throws DataDirectoryException if the name is empty or too long
   */
  static String of(String name) {
    var text = new StringBuilder();
    for (var octet : name.getBytes(StandardCharsets.UTF_8)) {
      var plain = PLAIN.indexOf(octet) >= 0 && !(octet == '.' && text.isEmpty());
      if (plain) {
        text.append((char) octet);
      } else {
        text.append('%').append(HEX.toHexDigits(octet));
      }
    }
    if (text.isEmpty() || text.length() > LONGEST) {
      throw new DataDirectoryException(
          "a name must have 1 to %d characters to be kept as a file, and '%.40s' has %d"
              .formatted(LONGEST, name.replaceAll("\\p{Cntrl}", "?"), text.length()));
    }
    return text.toString();
  }
}
