package dev.meshseal.benchmarks.fleet;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.regex.Pattern;
import tools.jackson.databind.json.JsonMapper;

/** A server's key for data plane tokens, to sign a token for each sidecar of the fleet. */
public final class TokenKey {
  private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();
  private static final JsonMapper JSON = new JsonMapper();
  private static final Pattern PRIVATE_KEY =
      Pattern.compile("-----BEGIN PRIVATE KEY-----([^-]+)-----END PRIVATE KEY-----");

  private final String id;
  private final PrivateKey key;
  private final Optional<PublicKey> publicKey;

  private TokenKey(String id, PrivateKey key, Optional<PublicKey> publicKey) {
    this.id = id;
    this.key = key;
    this.publicKey = publicKey;
  }

  /** A key of one's own; the server must be told its public half. */
  public static TokenKey create(String id) {
    try {
      var generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      var pair = generator.generateKeyPair();
      return new TokenKey(id, pair.getPrivate(), Optional.of(pair.getPublic()));
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException("every JDK has P-256", impossible);
    }
  }

  /** The public half of a key made here. */
  public String publicKeyPem() {
    var encoded = publicKey.orElseThrow().getEncoded();
    return "-----BEGIN PUBLIC KEY-----\n%s\n-----END PUBLIC KEY-----\n"
        .formatted(Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(encoded));
  }

  /** The key that signs for a server now, from its data directory. */
  public static TokenKey ofServer(Path data) {
    var folder = data.resolve("signing-keys");
    try (var files = Files.list(folder)) {
      return files
          .filter(file -> file.toString().endsWith(".pem"))
          .max(Comparator.comparingInt(TokenKey::number))
          .map(TokenKey::read)
          .orElseThrow(
              () ->
                  new IllegalStateException(
                      "%s holds no token key; 'meshseal token generate' makes the first"
                          .formatted(folder)));
    } catch (IOException unreadable) {
      throw new UncheckedIOException(
          "%s cannot be read; is it a data directory of meshseal, in which a token was generated once?"
              .formatted(folder),
          unreadable);
    }
  }

  private static int number(Path file) {
    return Integer.parseInt("0" + file.getFileName().toString().replaceAll("\\D", ""));
  }

  /** An EC P-256 key as PEM (PKCS#8), its id the file's name without the ending. */
  public static TokenKey read(Path file) {
    try {
      var block = PRIVATE_KEY.matcher(Files.readString(file));
      if (!block.find()) {
        throw new IllegalArgumentException("there is no block PRIVATE KEY");
      }
      var der = Base64.getMimeDecoder().decode(block.group(1));
      return new TokenKey(
          file.getFileName().toString().replaceFirst("\\.[a-z]+$", ""),
          KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(der)),
          Optional.empty());
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
    var lists = new TreeMap<String, List<String>>();
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
