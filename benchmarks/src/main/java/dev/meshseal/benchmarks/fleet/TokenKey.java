package dev.meshseal.benchmarks.fleet;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import tools.jackson.databind.json.JsonMapper;

/** A server's key for data plane tokens, to sign a token for each sidecar of the fleet. */
public final class TokenKey {
  private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();
  private static final JsonMapper JSON = new JsonMapper();

  private final String id;
  private final PrivateKey key;

  private TokenKey(String id, PrivateKey key) {
    this.id = id;
    this.key = key;
  }

  /** The newest key of a server, from its data directory. */
  public static TokenKey ofServer(Path data) {
    var folder = data.resolve("tokens");
    try (var files = Files.list(folder)) {
      return files
          .filter(file -> file.toString().endsWith(".key"))
          .max(java.util.Comparator.comparing(Path::toString))
          .map(TokenKey::read)
          .orElseThrow(() -> new IllegalStateException("%s holds no token key".formatted(folder)));
    } catch (IOException unreadable) {
      throw new UncheckedIOException("%s cannot be read".formatted(folder), unreadable);
    }
  }

  /** An EC P-256 key as PEM (PKCS#8), its id the file's name without the ending. */
  public static TokenKey read(Path file) {
    try {
      var base64 = Files.readString(file).replaceAll("-----[A-Z ]+-----|\\s", "");
      var encoded = new PKCS8EncodedKeySpec(Base64.getDecoder().decode(base64));
      return new TokenKey(
          file.getFileName().toString().replaceFirst("\\.[a-z]+$", ""),
          KeyFactory.getInstance("EC").generatePrivate(encoded));
    } catch (IOException | GeneralSecurityException | IllegalArgumentException unreadable) {
      throw new IllegalStateException(
          "%s holds no EC key as PKCS#8 PEM: %s".formatted(file, unreadable.getMessage()),
          unreadable);
    }
  }

  /** A token good for one name of one mesh, from now (RFC 7519; ES256 of RFC 7518, 3.4). */
  public String token(String mesh, String name, Map<String, String> tags, Duration lifetime) {
    var now = Instant.now();
    var head = Map.of("alg", "ES256", "kid", id, "typ", "JWT");
    var lists = new java.util.TreeMap<String, List<String>>();
    tags.forEach((tag, value) -> lists.put(tag, List.of(value)));
    var body =
        Map.of(
            "Mesh", mesh,
            "Name", name,
            "Tags", lists,
            "iat", now.getEpochSecond(),
            "nbf", now.minusSeconds(10).getEpochSecond(),
            "exp", now.plus(lifetime).getEpochSecond(),
            "jti", UUID.randomUUID().toString());
    var content = encoded(head) + "." + encoded(body);
    return content + "." + BASE64.encodeToString(signature(content));
  }

  private static String encoded(Map<String, ?> json) {
    return BASE64.encodeToString(JSON.writeValueAsBytes(json));
  }

  private byte[] signature(String content) {
    try {
      var signature = Signature.getInstance("SHA256withECDSAinP1363Format");
      signature.initSign(key);
      signature.update(content.getBytes(StandardCharsets.US_ASCII));
      return signature.sign();
    } catch (GeneralSecurityException failed) {
      throw new IllegalStateException("token key %s cannot sign".formatted(id), failed);
    }
  }
}
