package dev.meshseal.server.auth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meshseal.identity.Tags;
import dev.meshseal.server.auth.NotAuthenticatedException.Reason;
import io.grpc.Attributes;
import io.grpc.Metadata;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokenWayInTest {
  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);
  private static final InstantSource CLOCK =
      InstantSource.fixed(Instant.parse("2026-11-23T12:00:00Z"));

  private final SigningKey key = SigningKey.create(1);
  private final String token =
      new DataplaneTokenIssuer(key, CLOCK)
          .issue(
              new DataplaneTokenRequest(
                  "default", Optional.of("web"), Tags.NONE, Optional.empty(), Duration.ofHours(1)));
  private final TokenWayIn wayIn =
      new TokenWayIn(
          new DataplaneTokens(
              VerificationKeys.fixed(List.of(key.verification())), (mesh, id) -> false, CLOCK));

  @ParameterizedTest
  @ValueSource(strings = {"", "Bearer ", "bearer "})
  void takesATokenAloneOrAsBearer(String scheme) {
    var credential = wayIn.authenticate(headers(scheme + token), Attributes.EMPTY);

    assertThat(credential.toCompletableFuture().join().permits().name()).contains("web");
  }

  @Test
  void refusesARequestWithoutAToken() {
    assertThat(refusal(new Metadata()).reason()).isEqualTo(Reason.MISSING);
  }

  @Test
  void refusesTwoTokensThoughBothAreGood() {
    assertThat(refusal(headers(token, token)).reason()).isEqualTo(Reason.MALFORMED);
  }

  @ParameterizedTest
  @ValueSource(strings = {"Basic ", "Bearer Bearer ", "Bearer\t"})
  void refusesAnotherScheme(String scheme) {
    assertThat(refusal(headers(scheme + token)).reason()).isEqualTo(Reason.MALFORMED);
  }

  private NotAuthenticatedException refusal(Metadata headers) {
    var refused = wayIn.authenticate(headers, Attributes.EMPTY).toCompletableFuture();
    return (NotAuthenticatedException) refused.exceptionNow();
  }

  private static Metadata headers(String... values) {
    var headers = new Metadata();
    List.of(values).forEach(value -> headers.put(AUTHORIZATION, value));
    return headers;
  }
}
