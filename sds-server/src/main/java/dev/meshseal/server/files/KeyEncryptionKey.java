package dev.meshseal.server.files;

import dev.meshseal.x509.Fingerprint;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Optional;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * The operator's key of 256 bits that encrypts the private keys of authorities in the data
 * directory (AES-GCM, NIST SP 800-38D). Prints none of itself. Thread-safe.
 */
public final class KeyEncryptionKey {
  private static final int KEY_BYTES = 32;
  private static final int NONCE_BYTES = 12;
  private static final int TAG_BITS = 128;
  private static final int LARGEST_FILE = 1024;

  private final SecretKey key;
  private final String id;
  private final SecureRandom random = new SecureRandom();

  private KeyEncryptionKey(byte[] key) {
    this.key = new SecretKeySpec(key, "AES");
    this.id = id(key);
  }

  /**
   * Reads a {@code --kek-file}: 32 bytes as hexadecimal or base64, as {@code openssl rand -hex 32}
   * writes them.
   *
   * @throws DataDirectoryException if there is no such file, or it holds something else
   */
  public static KeyEncryptionKey read(Path file) {
    try (var in = Files.newInputStream(file)) {
      var text = new String(in.readNBytes(LARGEST_FILE), StandardCharsets.ISO_8859_1).strip();
      return parse(text)
          .orElseThrow(
              () ->
                  new DataDirectoryException(
                      "--kek-file '%s' must hold 32 bytes as hexadecimal or base64; make one with: openssl rand -hex 32"
                          .formatted(file)));
    } catch (IOException e) {
      throw new DataDirectoryException(
          "--kek-file '%s' cannot be read: %s".formatted(file, IoReason.of(e)), e);
    }
  }

  static Optional<KeyEncryptionKey> parse(String text) {
    try {
      var bytes =
          text.length() == 2 * KEY_BYTES
              ? HexFormat.of().parseHex(text)
              : Base64.getDecoder().decode(text);
      return bytes.length == KEY_BYTES
          ? Optional.of(new KeyEncryptionKey(bytes))
          : Optional.empty();
    } catch (IllegalArgumentException neither) {
      return Optional.empty();
    }
  }

  /** Tells one key from another; a hash, so it says nothing of a key chosen at random. */
  String id() {
    return id;
  }

  /**
   * @param context what the secret belongs to; the same is needed to decrypt it
   */
  byte[] encrypt(byte[] secret, byte[] context) {
    var nonce = new byte[NONCE_BYTES];
    random.nextBytes(nonce);
    try {
      var encrypted = cipher(Cipher.ENCRYPT_MODE, nonce, context).doFinal(secret);
      var both = Arrays.copyOf(nonce, NONCE_BYTES + encrypted.length);
      System.arraycopy(encrypted, 0, both, NONCE_BYTES, encrypted.length);
      return both;
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException("every JDK has AES-GCM", impossible);
    }
  }

  /** The secret; empty if it was altered, or encrypted with another key or for another context. */
  Optional<byte[]> decrypt(byte[] encrypted, byte[] context) {
    if (encrypted.length < NONCE_BYTES + TAG_BITS / 8) {
      return Optional.empty();
    }
    var nonce = Arrays.copyOf(encrypted, NONCE_BYTES);
    try {
      return Optional.of(
          cipher(Cipher.DECRYPT_MODE, nonce, context)
              .doFinal(encrypted, NONCE_BYTES, encrypted.length - NONCE_BYTES));
    } catch (AEADBadTagException altered) {
      return Optional.empty();
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException("every JDK has AES-GCM", impossible);
    }
  }

  @Override
  public String toString() {
    return "key encryption key " + id;
  }

  private Cipher cipher(int mode, byte[] nonce, byte[] context) throws GeneralSecurityException {
    var cipher = Cipher.getInstance("AES/GCM/NoPadding");
    cipher.init(mode, key, new GCMParameterSpec(TAG_BITS, nonce));
    cipher.updateAAD(context);
    return cipher;
  }

  private static String id(byte[] key) {
    var label = "meshseal key encryption key ".getBytes(StandardCharsets.US_ASCII);
    var both = Arrays.copyOf(label, label.length + key.length);
    System.arraycopy(key, 0, both, label.length, key.length);
    return Fingerprint.of(both).substring(0, 16);
  }
}
