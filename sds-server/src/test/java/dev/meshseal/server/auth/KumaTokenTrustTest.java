package dev.meshseal.server.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.meshseal.server.auth.NotAuthenticatedException.Reason;
import dev.meshseal.x509.Pem;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class KumaTokenTrustTest {
  private static final Instant NOON = Instant.parse("2026-11-23T12:00:00Z");
  private static final KeyPair FIRST = rsa();
  private static final KeyPair SECOND = rsa();

  private final Map<String, KumaTokenTrust.MeshSecret> secrets = new HashMap<>();
  private final KumaTokenTrust trust =
      new KumaTokenTrust((mesh, name) -> Optional.ofNullable(secrets.get(mesh + "/" + name)));
  private final DataplaneTokens tokens =
      new DataplaneTokens(trust.keys(), trust.revocations(), InstantSource.fixed(NOON));

  @Test
  void takesTokensOfASigningKeyAsKumaKeepsIt() {
    keep("default", "dataplane-token-signing-key-default-1", Pem.privateKey(FIRST.getPrivate()));

    assertThat(tokens.verify(token("1", "default", FIRST)).permits().mesh()).contains("default");
  }

  @Test
  void takesThePublicHalfToo() {
    keep("default", "dataplane-token-signing-key-default-2", Pem.publicKey(FIRST.getPublic()));

    assertThat(tokens.verify(token("2", "default", FIRST)).keyId()).contains("2");
  }

  @Test
  void tellsTheFirstKeysOfTwoMeshesApart() {
    keep("default", "dataplane-token-signing-key-default-1", Pem.privateKey(FIRST.getPrivate()));
    keep("other", "dataplane-token-signing-key-other-1", Pem.privateKey(SECOND.getPrivate()));

    assertThat(tokens.verify(token("1", "other", SECOND)).permits().mesh()).contains("other");
    assertRefused(token("1", "other", FIRST), Reason.SIGNATURE);
  }

  @Test
  void aKeyThatOneMeshKeepsUnderTheNameOfAnotherSpeaksForNeither() {
    keep("evil", "dataplane-token-signing-key-default-1", Pem.privateKey(SECOND.getPrivate()));

    assertRefused(token("1", "default", SECOND), Reason.UNKNOWN_KEY);
    assertRefused(token("1", "evil", SECOND), Reason.UNKNOWN_KEY);
  }

  @Test
  void aKidIsASerialAndNoPath() {
    keep("default", "dataplane-token-signing-key-default-x-1", Pem.privateKey(FIRST.getPrivate()));

    assertRefused(token("x-1", "default", FIRST), Reason.UNKNOWN_KEY);
  }

  @Test
  void seesThatASecretHasChanged() {
    keep("default", "dataplane-token-signing-key-default-1", Pem.privateKey(FIRST.getPrivate()));
    var token = token("1", "default", FIRST);
    tokens.verify(token);

    keep("default", "dataplane-token-signing-key-default-1", Pem.privateKey(SECOND.getPrivate()));

    assertRefused(token, Reason.SIGNATURE);
  }

  @Test
  void aSecretThatIsNoKeyIsNone() {
    keep("default", "dataplane-token-signing-key-default-1", "hello");

    assertRefused(token("1", "default", FIRST), Reason.UNKNOWN_KEY);
  }

  @Test
  void readsTheListOfRevokedTokens() {
    keep("default", "dataplane-token-signing-key-default-1", Pem.privateKey(FIRST.getPrivate()));
    keep("default", "dataplane-token-revocations-default", "a, jti-1 ,b");

    assertRefused(token("1", "default", FIRST), Reason.REVOKED);
  }

  @Test
  void theListOfAnotherMeshRevokesNothingHere() {
    keep("default", "dataplane-token-signing-key-default-1", Pem.privateKey(FIRST.getPrivate()));
    keep("other", "dataplane-token-revocations-other", "jti-1");

    assertThat(tokens.verify(token("1", "default", FIRST)).tokenId()).contains("jti-1");
  }

  @Test
  void ringsWhenItIsToldOfAChange() {
    var rung = new AtomicInteger();
    tokens.onChange(rung::incrementAndGet);

    trust.changed();

    assertThat(rung).hasPositiveValue();
  }

  private void assertRefused(String token, Reason reason) {
    assertThatThrownBy(() -> tokens.verify(token))
        .isInstanceOfSatisfying(
            NotAuthenticatedException.class,
            refusal -> assertThat(refusal.reason()).isEqualTo(reason));
  }

  private void keep(String mesh, String name, String content) {
    var base64 = Base64.getEncoder().encodeToString(content.getBytes(StandardCharsets.US_ASCII));
    secrets.put(mesh + "/" + name, new KumaTokenTrust.MeshSecret(mesh, name, base64));
  }

  private static String token(String kid, String mesh, KeyPair key) {
    return Jws.rs256(
        "{\"alg\":\"RS256\",\"kid\":\"%s\",\"typ\":\"JWT\"}".formatted(kid),
        "{\"Name\":\"web\",\"Mesh\":\"%s\",\"Tags\":{},\"jti\":\"jti-1\",\"exp\":%d}"
            .formatted(mesh, NOON.getEpochSecond() + 60),
        key.getPrivate());
  }

  private static KeyPair rsa() {
    try {
      var generator = KeyPairGenerator.getInstance("RSA");
      generator.initialize(2048);
      return generator.generateKeyPair();
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
