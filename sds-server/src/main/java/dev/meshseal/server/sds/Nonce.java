package dev.meshseal.server.sds;

/** The number by which one response of one stream is known. The first is 1. */
final class Nonce {
  /** Of no response. */
  static final int NONE = 0;

  private Nonce() {}

  static int read(String text) {
    if (text.isEmpty() || text.length() > 10) {
      return NONE;
    }
    try {
      return Math.max(NONE, Integer.parseInt(text));
    } catch (NumberFormatException foreign) {
      return NONE;
    }
  }
}
