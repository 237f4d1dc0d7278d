package dev.meshseal.server.admin;

import java.util.Locale;

/** Envoy's words for a refusal, as one of a few; its text names files and sizes without end. */
enum NackReason {
  KEY_MISMATCH,
  BAD_CERTIFICATE,
  BAD_KEY,
  BAD_ROOTS,
  WRONG_NAME,
  OTHER;

  // The texts are those of Envoy's TLS context and of BoringSSL, which it quotes.
  static NackReason of(String words) {
    var text = words.toLowerCase(Locale.ROOT);
    if (text.contains("key_values_mismatch") || text.contains("key values mismatch")) {
      return KEY_MISMATCH;
    }
    if (text.contains("unexpected sds secret") || text.contains("missing sds resources")) {
      return WRONG_NAME;
    }
    if (text.contains("private key")) {
      return BAD_KEY;
    }
    if (text.contains("trusted ca") || text.contains("trusted_ca") || text.contains("root")) {
      return BAD_ROOTS;
    }
    return text.contains("certificate") ? BAD_CERTIFICATE : OTHER;
  }

  String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
