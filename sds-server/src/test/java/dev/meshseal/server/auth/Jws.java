package dev.meshseal.server.auth;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.PrivateKey;
import java.security.Signature;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Writes tokens by hand, so that they can be wrong in every way. */
final class Jws {
  private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();

  private Jws() {}

  static String es256(String header, String payload, PrivateKey key) {
    return signed(header, payload, "SHA256withECDSAinP1363Format", key);
  }

  static String rs256(String header, String payload, PrivateKey key) {
    return signed(header, payload, "SHA256withRSA", key);
  }

  static String hs256(String header, String payload, Key secret) {
    try {
      var mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(secret.getEncoded(), "HmacSHA256"));
      var input = input(header, payload);
      return input + "." + BASE64.encodeToString(mac.doFinal(bytes(input)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  static String unsigned(String header, String payload) {
    return input(header, payload) + ".";
  }

  private static String signed(String header, String payload, String algorithm, PrivateKey key) {
    try {
      var signature = Signature.getInstance(algorithm);
      signature.initSign(key);
      var input = input(header, payload);
      signature.update(bytes(input));
      return input + "." + BASE64.encodeToString(signature.sign());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String input(String header, String payload) {
    return BASE64.encodeToString(bytes(header)) + "." + BASE64.encodeToString(bytes(payload));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
