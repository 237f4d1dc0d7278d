package dev.meshseal.x509;

import java.util.Arrays;

/**
 * Writes DER from its end to its start, so that every length is known when it is written. What is
 * written last stands first. Not thread-safe.
 */
final class DerWriter {
  static final int BOOLEAN = 0x01;
  static final int INTEGER = 0x02;
  static final int BIT_STRING = 0x03;
  static final int OCTET_STRING = 0x04;
  static final int OID = 0x06;
  static final int SEQUENCE = 0x30;
  static final int UTC_TIME = 0x17;
  static final int GENERALIZED_TIME = 0x18;

  private byte[] buffer = new byte[1024];
  private int start = buffer.length;

  /** How much is written; a value to hand to {@link #close} later. */
  int mark() {
    return buffer.length - start;
  }

  DerWriter prepend(byte[] bytes) {
    reserve(bytes.length);
    start -= bytes.length;
    System.arraycopy(bytes, 0, buffer, start, bytes.length);
    return this;
  }

  DerWriter prepend(int octet) {
    reserve(1);
    buffer[--start] = (byte) octet;
    return this;
  }

  /** Text of ASCII alone. */
  DerWriter prependAscii(String text) {
    reserve(text.length());
    for (int i = text.length() - 1; i >= 0; i--) {
      buffer[--start] = (byte) text.charAt(i);
    }
    return this;
  }

  /** Puts tag and length before everything that was written since the mark. */
  DerWriter close(int tag, int mark) {
    int length = mark() - mark;
    if (length < 0x80) {
      return prepend(length).prepend(tag);
    }
    int octets = 0;
    for (int rest = length; rest != 0; rest >>>= 8) {
      prepend(rest);
      octets++;
    }
    return prepend(0x80 | octets).prepend(tag);
  }

  DerWriter element(int tag, byte[] content) {
    int mark = mark();
    return prepend(content).close(tag, mark);
  }

  byte[] toByteArray() {
    return Arrays.copyOfRange(buffer, start, buffer.length);
  }

  private void reserve(int octets) {
    if (start >= octets) {
      return;
    }
    int written = mark();
    var larger = new byte[Math.max(buffer.length * 2, written + octets)];
    System.arraycopy(buffer, start, larger, larger.length - written, written);
    start = larger.length - written;
    buffer = larger;
  }
}
