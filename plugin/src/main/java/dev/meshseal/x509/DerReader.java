package dev.meshseal.x509;

import java.util.Arrays;

/**
 * Steps through DER, one element after the other. Whatever is not definite, minimal and within its
 * bounds ends in an {@link IllegalArgumentException}.
 */
final class DerReader {
  private final byte[] der;
  private final int end;
  private int position;

  private DerReader(byte[] der, int start, int end) {
    this.der = der;
    this.position = start;
    this.end = end;
  }

  static DerReader of(byte[] der) {
    return new DerReader(der, 0, der.length);
  }

  boolean hasMore() {
    return position < end;
  }

  int peekTag() {
    if (!hasMore()) {
      throw new IllegalArgumentException("DER ends where an element should start");
    }
    return der[position] & 0xff;
  }

  /** The inside of the next element, which must have this tag. */
  DerReader enter(int tag) {
    int found = peekTag();
    if (found != tag) {
      throw new IllegalArgumentException("DER has tag %x where %x belongs".formatted(found, tag));
    }
    position++;
    int length = length();
    var inside = new DerReader(der, position, position + length);
    position += length;
    return inside;
  }

  /** The content of the next element, which must have this tag. */
  byte[] content(int tag) {
    return enter(tag).rest();
  }

  /** The next element whole, tag and length included. */
  byte[] element() {
    int from = position;
    enter(peekTag());
    return Arrays.copyOfRange(der, from, position);
  }

  byte[] rest() {
    return Arrays.copyOfRange(der, position, end);
  }

  private int length() {
    if (!hasMore()) {
      throw new IllegalArgumentException("DER ends before a length");
    }
    int first = der[position++] & 0xff;
    int length = first < 0x80 ? first : longLength(first & 0x7f);
    if (length > end - position) {
      throw new IllegalArgumentException("DER is cut off");
    }
    return length;
  }

  private int longLength(int octets) {
    if (octets < 1 || octets > 3 || octets > end - position) {
      throw new IllegalArgumentException("DER has a length of " + octets + " octets");
    }
    int length = 0;
    for (int i = 0; i < octets; i++) {
      length = (length << 8) | (der[position++] & 0xff);
    }
    if (length < 0x80 || length >>> (8 * (octets - 1)) == 0) {
      throw new IllegalArgumentException("DER has a length that is not minimal");
    }
    return length;
  }
}
