package dev.meshseal.server.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.meshseal.identity.DataplaneId;
import dev.meshseal.identity.Tags;
import dev.meshseal.server.auth.NotAuthenticatedException.Reason;
import io.grpc.Attributes;
import io.grpc.Metadata;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

class DataplaneTokensTest {
  private static final Instant NOON = Instant.parse("2026-11-23T12:00:00Z");
  private static final long NOW = NOON.getEpochSecond();
  private static final SigningKey OURS = SigningKey.create(1);
  private static final SigningKey FOREIGN = SigningKey.create(1);
  private static final KeyPair KUMAS = rsa(2048);
  private static final String ES = "{\"alg\":\"ES256\",\"kid\":\"ms-1\",\"typ\":\"JWT\"}";
  private static final String RS = "{\"alg\":\"RS256\",\"kid\":\"1\",\"typ\":\"JWT\"}";
  private static final String CLAIMS = claims("");

  private final Set<String> revoked = new HashSet<>();
  private final DataplaneTokens tokens =
      new DataplaneTokens(
          VerificationKeys.fixed(
              List.of(
                  OURS.verification(),
                  VerificationKey.of("1", Optional.of("default"), KUMAS.getPublic()))),
          (mesh, id) -> revoked.contains(id),
          InstantSource.fixed(NOON));

  @Test
  void takesATokenOfItsOwn() {
    var request =
        new DataplaneTokenRequest(
            "default",
            Optional.of("web-7"),
            Tags.of(Map.of("kuma.io/service", Set.of("web", "web-admin"))),
            Optional.of("web"),
            Duration.ofHours(24));

    var credential = tokens.verify(new DataplaneTokenIssuer(OURS, () -> NOON).issue(request));

    assertThat(credential.permits().mesh()).contains("default");
    assertThat(credential.permits().name()).contains("web-7");
    assertThat(credential.permits().tags()).isEqualTo(request.tags());
    assertThat(credential.permits().workload()).contains("web");
    assertThat(credential.expiresAt()).isEqualTo(NOON.plus(Duration.ofHours(24)));
    assertThat(credential.keyId()).contains("ms-1");
    assertThat(credential.subject()).matches("token [0-9a-f]{8}…");
  }

  @Test
  void takesATokenAsKumaWritesIt() {
    var kumas =
        """
        {"Name":"","Mesh":"default","Tags":{"kuma.io/service":["web"]},"Type":"dataplane",
         "Workload":"","exp":%d,"nbf":%d,"iat":%d,"jti":"b5a0-1"}"""
            .formatted(NOW + 3605, NOW - 5, NOW - 5);

    var credential = tokens.verify(Jws.rs256(RS, kumas, KUMAS.getPrivate()));

    assertThat(credential.permits().mesh()).contains("default");
    assertThat(credential.permits().name()).isEmpty();
    assertThat(credential.permits().workload()).isEmpty();
    assertThat(credential.permits().tags()).isEqualTo(Tags.service("web"));
  }

  @Test
  void takesATokenWithNullsForWhatItLeavesFree() {
    var token = ours(claims("\"Name\":null,\"Tags\":null,\"Workload\":null,"));

    assertThat(tokens.verify(token).permits().tags().isEmpty()).isTrue();
  }

  @Test
  void takesAClockThatIsALittleAhead() {
    var ahead =
        ours(
            "{\"Mesh\":\"m\",\"jti\":\"j\",\"iat\":%d,\"nbf\":%1$d,\"exp\":%d}"
                .formatted(NOW + 5, NOW + 60));

    assertThat(tokens.verify(ahead).tokenId()).contains("j");
  }

  @Test
  void endsATokenAtTheSecondItExpires() {
    var token = ours("{\"Mesh\":\"m\",\"jti\":\"j\",\"exp\":%d}".formatted(NOW));

    assertRefused(token, Reason.EXPIRED);
  }

  @Test
  void refusesARevokedToken() {
    var token = ours(CLAIMS);
    revoked.add("0123456789abcdef");

    assertRefused(token, Reason.REVOKED);
  }

  @Test
  void withdrawsACredentialThatWasRevokedSince() {
    var credential = tokens.verify(ours(CLAIMS));
    revoked.add("0123456789abcdef");

    assertThat(tokens.withdrawn(credential))
        .hasValueSatisfying(why -> assertThat(why).hasMessage("token 01234567… is revoked"));
  }

  @Test
  void withdrawsACredentialWhoseKeyWasRemovedSince() {
    var credential = tokens.verify(ours(CLAIMS));
    var without =
        new DataplaneTokens(
            VerificationKeys.fixed(List.of()), (mesh, id) -> false, InstantSource.fixed(NOON));

    assertThat(without.withdrawn(credential).orElseThrow().reason()).isEqualTo(Reason.UNKNOWN_KEY);
  }

  @Test
  void withdrawsNoCredentialThatIsNoToken() {
    var socket =
        new BoundSocketWayIn(Path.of("/run/web.sock"), new DataplaneId("default", "web"))
            .authenticate(new Metadata(), Attributes.EMPTY)
            .toCompletableFuture()
            .join();

    assertThat(tokens.withdrawn(socket)).isEmpty();
  }

  @Test
  void aKeyOfOneMeshSpeaksForNoOther() {
    var other = claims("").replace("default", "payments");

    assertRefused(Jws.rs256(RS, other, KUMAS.getPrivate()), Reason.UNKNOWN_KEY);
  }

  @Test
  void aKeyOfOneMeshSignsNoTokenForEveryMesh() {
    var everyMesh = "{\"jti\":\"j\",\"exp\":%d}".formatted(NOW + 60);

    assertRefused(Jws.rs256(RS, everyMesh, KUMAS.getPrivate()), Reason.UNKNOWN_KEY);
  }

  record Bad(String name, String token, Reason reason) {
    @Override
    public String toString() {
      return name;
    }
  }

  static final List<Bad> BAD =
      List.of(
          new Bad("empty", "", Reason.MALFORMED),
          new Bad("no JWT", "hello", Reason.MALFORMED),
          new Bad("two parts", "a.b", Reason.MALFORMED),
          new Bad("five parts", "a.b.c.d.e", Reason.MALFORMED),
          new Bad("oversize", "a".repeat(DataplaneTokens.LONGEST + 1), Reason.MALFORMED),
          new Bad("header is no JSON", es("hello", CLAIMS), Reason.MALFORMED),
          new Bad("header is a list", es("[]", CLAIMS), Reason.MALFORMED),
          new Bad("header has no alg", es("{\"kid\":\"ms-1\"}", CLAIMS), Reason.MALFORMED),
          new Bad("payload is no JSON", es(ES, "hello"), Reason.MALFORMED),
          new Bad("payload is a list", es(ES, "[1]"), Reason.MALFORMED),
          new Bad("payload is deep", es(ES, deep("[", "]")), Reason.MALFORMED),
          new Bad(
              "claims are deep", es(ES, claims("\"a\":" + deep("[", "]") + ",")), Reason.MALFORMED),
          new Bad("header is deep", es(deepHeader(), CLAIMS), Reason.MALFORMED),
          new Bad("no kid", es("{\"alg\":\"ES256\"}", CLAIMS), Reason.MALFORMED),
          new Bad("empty kid", es("{\"alg\":\"ES256\",\"kid\":\"\"}", CLAIMS), Reason.MALFORMED),
          new Bad("kid is a number", es("{\"alg\":\"ES256\",\"kid\":1}", CLAIMS), Reason.MALFORMED),
          new Bad(
              "alg is a number", es("{\"alg\":256,\"kid\":\"ms-1\"}", CLAIMS), Reason.MALFORMED),
          new Bad(
              "crit",
              es("{\"alg\":\"ES256\",\"kid\":\"ms-1\",\"crit\":[\"b64\"],\"b64\":true}", CLAIMS),
              Reason.MALFORMED),
          new Bad(
              "crit of another",
              es("{\"alg\":\"ES256\",\"kid\":\"ms-1\",\"crit\":[\"x\"],\"x\":1}", CLAIMS),
              Reason.MALFORMED),
          new Bad(
              "alg none",
              Jws.unsigned("{\"alg\":\"none\",\"kid\":\"ms-1\"}", CLAIMS),
              Reason.ALGORITHM),
          new Bad(
              "alg NONE",
              Jws.unsigned("{\"alg\":\"NONE\",\"kid\":\"ms-1\"}", CLAIMS),
              Reason.ALGORITHM),
          new Bad(
              "alg none with a signature",
              es("{\"alg\":\"none\",\"kid\":\"ms-1\"}", CLAIMS),
              Reason.ALGORITHM),
          new Bad(
              "HS256 by our public key",
              Jws.hs256("{\"alg\":\"HS256\",\"kid\":\"ms-1\"}", CLAIMS, OURS.publicKey()),
              Reason.ALGORITHM),
          new Bad(
              "HS256 by Kuma's public key",
              Jws.hs256("{\"alg\":\"HS256\",\"kid\":\"1\"}", CLAIMS, KUMAS.getPublic()),
              Reason.ALGORITHM),
          new Bad(
              "RS512",
              Jws.rs256("{\"alg\":\"RS512\",\"kid\":\"1\"}", CLAIMS, KUMAS.getPrivate()),
              Reason.ALGORITHM),
          new Bad(
              "PS256",
              Jws.rs256("{\"alg\":\"PS256\",\"kid\":\"1\"}", CLAIMS, KUMAS.getPrivate()),
              Reason.ALGORITHM),
          new Bad("ES384", es("{\"alg\":\"ES384\",\"kid\":\"ms-1\"}", CLAIMS), Reason.ALGORITHM),
          new Bad("EdDSA", es("{\"alg\":\"EdDSA\",\"kid\":\"ms-1\"}", CLAIMS), Reason.ALGORITHM),
          new Bad(
              "invented alg",
              es("{\"alg\":\"\\u001b[2J\",\"kid\":\"ms-1\"}", CLAIMS),
              Reason.ALGORITHM),
          new Bad(
              "RS256 on an EC key",
              Jws.rs256("{\"alg\":\"RS256\",\"kid\":\"ms-1\"}", CLAIMS, KUMAS.getPrivate()),
              Reason.ALGORITHM),
          new Bad(
              "ES256 on an RSA key",
              es("{\"alg\":\"ES256\",\"kid\":\"1\"}", CLAIMS),
              Reason.ALGORITHM),
          new Bad(
              "unknown kid",
              es("{\"alg\":\"ES256\",\"kid\":\"ms-2\"}", CLAIMS),
              Reason.UNKNOWN_KEY),
          new Bad(
              "kid is a path",
              es("{\"alg\":\"ES256\",\"kid\":\"../../ca\"}", CLAIMS),
              Reason.UNKNOWN_KEY),
          new Bad("forged", Jws.es256(ES, CLAIMS, FOREIGN.privateKey()), Reason.SIGNATURE),
          new Bad("forged RSA", Jws.rs256(RS, CLAIMS, rsa(2048).getPrivate()), Reason.SIGNATURE),
          new Bad("signature of zeros", zeros(), Reason.SIGNATURE),
          new Bad(
              "signature in DER",
              "%s.%s"
                  .formatted(
                      input(es(ES, CLAIMS)), Base64.getUrlEncoder().encodeToString(new byte[71])),
              Reason.SIGNATURE),
          new Bad("empty signature", input(es(ES, CLAIMS)) + ".", Reason.MALFORMED),
          new Bad(
              "key in the header",
              es("{\"alg\":\"ES256\",\"kid\":\"ms-9\",\"jku\":\"http://127.0.0.1:1/\"}", CLAIMS),
              Reason.UNKNOWN_KEY),
          new Bad(
              "expired",
              es(ES, claims("").replace("" + (NOW + 3600), "" + (NOW - 1))),
              Reason.EXPIRED),
          new Bad("no exp", es(ES, "{\"Mesh\":\"m\",\"jti\":\"j\"}"), Reason.MALFORMED),
          new Bad(
              "exp is a string",
              es(ES, "{\"Mesh\":\"m\",\"jti\":\"j\",\"exp\":\"9\"}"),
              Reason.MALFORMED),
          new Bad(
              "exp without end",
              es(ES, "{\"Mesh\":\"m\",\"jti\":\"j\",\"exp\":1e300}"),
              Reason.MALFORMED),
          new Bad(
              "exp is huge",
              es(ES, "{\"Mesh\":\"m\",\"jti\":\"j\",\"exp\":1" + "0".repeat(4000) + "}"),
              Reason.MALFORMED),
          new Bad(
              "exp is negative",
              es(ES, "{\"Mesh\":\"m\",\"jti\":\"j\",\"exp\":-1}"),
              Reason.MALFORMED),
          new Bad(
              "nbf ahead", es(ES, claims("\"nbf\":%d,".formatted(NOW + 6))), Reason.NOT_YET_VALID),
          new Bad(
              "iat ahead", es(ES, claims("\"iat\":%d,".formatted(NOW + 6))), Reason.NOT_YET_VALID),
          new Bad("nbf is a string", es(ES, claims("\"nbf\":\"0\",")), Reason.MALFORMED),
          new Bad(
              "no jti",
              es(ES, "{\"Mesh\":\"m\",\"exp\":%d}".formatted(NOW + 60)),
              Reason.MALFORMED),
          new Bad(
              "jti is a number",
              es(ES, "{\"jti\":1,\"exp\":%d}".formatted(NOW + 60)),
              Reason.MALFORMED),
          new Bad(
              "jti with a comma",
              es(ES, "{\"jti\":\"a,b\",\"exp\":%d}".formatted(NOW + 60)),
              Reason.MALFORMED),
          new Bad(
              "jti too long",
              es(ES, "{\"jti\":\"%s\",\"exp\":%d}".formatted("a".repeat(129), NOW + 60)),
              Reason.MALFORMED),
          new Bad(
              "Mesh is a list",
              es(ES, claims("").replace("\"default\"", "[\"default\"]")),
              Reason.MALFORMED),
          new Bad("Name is a number", es(ES, claims("\"Name\":7,")), Reason.MALFORMED),
          new Bad(
              "Name with a line break", es(ES, claims("\"Name\":\"a\\nb\",")), Reason.MALFORMED),
          new Bad("Name with NUL", es(ES, claims("\"Name\":\"a\\u0000b\",")), Reason.MALFORMED),
          new Bad("Workload is an object", es(ES, claims("\"Workload\":{},")), Reason.MALFORMED),
          new Bad("Tags is a list", es(ES, claims("\"Tags\":[],")), Reason.MALFORMED),
          new Bad("Tags of a string", es(ES, claims("\"Tags\":{\"a\":\"b\"},")), Reason.MALFORMED),
          new Bad("Tags of numbers", es(ES, claims("\"Tags\":{\"a\":[1]},")), Reason.MALFORMED));

  @ParameterizedTest
  @FieldSource("BAD")
  void refusesABadToken(Bad bad) {
    assertRefused(bad.token(), bad.reason());
  }

  @Test
  void noAlteredTokenIsTaken() {
    var random = new Random(20261123);
    var good = ours(CLAIMS);

    for (var round = 0; round < 5_000; round++) {
      var altered = mutated(good, random);
      if (!sameBytes(altered, good)) {
        assertThatThrownBy(() -> tokens.verify(altered))
            .as(altered)
            .isInstanceOf(NotAuthenticatedException.class)
            .message()
            .isNotEmpty()
            .doesNotContainPattern("\\p{Cntrl}");
      }
    }
  }

  @Test
  void noRandomTextIsTaken() {
    var random = new Random(7);

    for (var round = 0; round < 5_000; round++) {
      var text = new StringBuilder();
      random.ints(random.nextInt(300), 1, 127).forEach(text::appendCodePoint);

      assertThatThrownBy(() -> tokens.verify(text.toString()))
          .isInstanceOf(NotAuthenticatedException.class);
    }
  }

  private void assertRefused(String token, Reason reason) {
    var refusal = catchThrowableOfType(NotAuthenticatedException.class, () -> tokens.verify(token));

    assertThat(refusal).as("refusal").isNotNull();
    assertThat(refusal.reason()).as(refusal.getMessage()).isEqualTo(reason);
    assertThat(refusal.getMessage()).doesNotEndWith(".").doesNotContainPattern("\\p{Cntrl}");
    for (var part : token.split("\\.", -1)) {
      if (part.length() > 8) {
        assertThat(refusal.getMessage()).doesNotContain(part.substring(0, 8));
      }
    }
  }

  private static String mutated(String token, Random random) {
    var text = new StringBuilder(token);
    for (var times = 1 + random.nextInt(3); times > 0; times--) {
      var at = random.nextInt(text.length());
      switch (random.nextInt(4)) {
        case 0 -> text.deleteCharAt(at);
        case 1 -> text.insert(at, (char) (33 + random.nextInt(94)));
        case 2 -> text.setCharAt(at, (char) (33 + random.nextInt(94)));
        default -> text.setLength(Math.max(1, at));
      }
    }
    return text.toString();
  }

  // The last character of a part has bits that no byte uses: another text, but the same token.
  private static boolean sameBytes(String altered, String good) {
    return Arrays.deepEquals(decoded(altered), decoded(good));
  }

  private static byte[][] decoded(String token) {
    return Arrays.stream(token.split("\\.", -1))
        .map(part -> new com.nimbusds.jose.util.Base64URL(part).decode())
        .toArray(byte[][]::new);
  }

  private static String ours(String claims) {
    return es(ES, claims);
  }

  private static String es(String header, String claims) {
    return Jws.es256(header, claims, OURS.privateKey());
  }

  private static String claims(String more) {
    return "{%s\"Mesh\":\"default\",\"jti\":\"0123456789abcdef\",\"exp\":%d}"
        .formatted(more, NOW + 3600);
  }

  private static String deep(String open, String close) {
    return open.repeat(2_500) + close.repeat(2_500);
  }

  private static String deepHeader() {
    return "{\"alg\":\"ES256\",\"kid\":\"ms-1\",\"x\":" + deep("[", "]") + "}";
  }

  private static String input(String token) {
    return token.substring(0, token.lastIndexOf('.'));
  }

  private static String zeros() {
    return input(es(ES, CLAIMS)) + "." + "A".repeat(86);
  }

  private static KeyPair rsa(int bits) {
    try {
      var generator = KeyPairGenerator.getInstance("RSA");
      generator.initialize(bits);
      return generator.generateKeyPair();
    } catch (java.security.NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
