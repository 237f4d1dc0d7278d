package dev.meshseal.server.auth;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.meshseal.identity.DataplaneId;
import dev.meshseal.identity.Tags;
import dev.meshseal.server.auth.NotAuthenticatedException.Reason;
import dev.meshseal.server.auth.ServiceAccounts.Verdict;
import io.grpc.Attributes;
import io.grpc.Metadata;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EitherWayInTest {
  private static final Instant NOON = Instant.parse("2026-11-23T12:00:00Z");
  private static final InstantSource CLOCK = InstantSource.fixed(NOON);

  private final SigningKey key = SigningKey.create(1);
  private final FakeAccounts accounts =
      new FakeAccounts(
          new Verdict.Good(
              new DataplaneId("default", "web-1.shop"), "u-1", NOON.plusSeconds(3600)));
  private final EitherWayIn wayIn = with(accounts);

  private EitherWayIn with(FakeAccounts platform) {
    return new EitherWayIn(
        new TokenWayIn(
            new DataplaneTokens(
                VerificationKeys.fixed(List.of(key.verification())), (mesh, id) -> false, CLOCK)),
        new ServiceAccountWayIn(platform));
  }

  @Test
  void aDataplaneTokenIsNoMatterOfThePlatform() throws Exception {
    var token =
        new DataplaneTokenIssuer(key, CLOCK)
            .issue(
                new DataplaneTokenRequest(
                    "default",
                    Optional.of("web"),
                    Tags.NONE,
                    Optional.empty(),
                    Duration.ofHours(1)));

    assertThat(get(token).permits().name()).contains("web");
    assertThat(accounts.asked).isEmpty();
  }

  @Test
  void theTokenOfAServiceAccountIsAMatterOfThePlatform() throws Exception {
    assertThat(get(kubernetes()).permits().name()).contains("web-1.shop");
    assertThat(accounts.asked).containsExactly(kubernetes());
  }

  @Test
  void whatThePlatformRefusesIsNotTriedAsADataplaneToken() {
    // Signed by our own key, and with all the claims that a data plane token needs.
    var both =
        Jws.es256(
            "{\"alg\":\"ES256\",\"kid\":\"ms-1\"}",
            "{\"jti\":\"1\",\"Mesh\":\"default\",\"Name\":\"web\",\"exp\":%d,\"kubernetes.io\":{}}"
                .formatted(NOON.plusSeconds(3600).getEpochSecond()),
            key.privateKey());
    var refusing =
        with(new FakeAccounts(new Verdict.Refused(Reason.FOREIGN, "is of another cluster")));

    var stage = refusing.authenticate(headers(both), Attributes.EMPTY);

    assertThat(ServiceAccountWayInTest.refusal(stage).reason()).isEqualTo(Reason.FOREIGN);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "x", "a.b.c", "e30.e30.", "e30.W10.c2ln"})
  void whatCannotBeReadNeverReachesThePlatform(String text) {
    var stage = wayIn.authenticate(headers(text), Attributes.EMPTY);

    assertThat(ServiceAccountWayInTest.refusal(stage).reason())
        .isIn(Reason.MALFORMED, Reason.ALGORITHM);
    assertThat(accounts.asked).isEmpty();
  }

  @Test
  void eachCredentialIsWithdrawnByTheOneWhoGaveIt() throws Exception {
    var bells = new AtomicInteger();
    wayIn.onChange(bells::incrementAndGet);
    var credential = get(kubernetes());

    accounts.lose("was deleted");

    assertThat(bells).hasValue(1);
    assertThat(wayIn.withdrawn(credential)).isPresent();
  }

  private Credential get(String token) throws Exception {
    return wayIn
        .authenticate(headers(token), Attributes.EMPTY)
        .toCompletableFuture()
        .get(10, TimeUnit.SECONDS);
  }

  private static String kubernetes() {
    return String.join(
        ".", base64("{\"alg\":\"RS256\"}"), base64("{\"kubernetes.io\":{}}"), "c2ln");
  }

  private static String base64(String text) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(UTF_8));
  }

  static Metadata headers(String token) {
    var headers = new Metadata();
    headers.put(Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER), token);
    return headers;
  }
}
