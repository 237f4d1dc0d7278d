package dev.meshseal.kubernetes.pods;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.meshseal.kubernetes.ApiException;
import dev.meshseal.kubernetes.ApiFailure;
import dev.meshseal.kubernetes.pods.Review.Cause;
import dev.meshseal.testing.FakeClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

class TokenReviewsTest {
  private static final String POD =
      """
      "kubernetes.io": {"namespace": "shop", "pod": {"name": "web-1", "uid": "u-1"}}
      """;
  private static final String GOOD =
      """
      {"authenticated": true, "audiences": ["meshseal"],
       "user": {"username": "system:serviceaccount:shop:web", "extra": {
          "authentication.kubernetes.io/pod-name": ["web-1"],
          "authentication.kubernetes.io/pod-uid": ["u-1"]}}}
      """;

  private final FakeClock clock = FakeClock.atNoon();
  private final AtomicInteger calls = new AtomicInteger();
  private String status = GOOD;
  private final TokenReviews reviews = reviews((token, audience) -> Objects.json(status));

  private TokenReviews reviews(TokenReviews.Reviewer reviewer) {
    return new TokenReviews(
        (token, audience) -> {
          calls.incrementAndGet();
          return reviewer.status(token, audience);
        },
        "meshseal",
        clock);
  }

  @Test
  void saysWhoseATokenIsAndWhenItEnds() {
    assertThat(reviews.review(token()))
        .isEqualTo(
            new Review.Good("shop", "web", "web-1", "u-1", FakeClock.NOON.plusSeconds(3600)));
  }

  record Wrong(String name, String claims, String status, Cause cause, String word, int calls) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static final String ENDS =
      "\"exp\": " + FakeClock.NOON.plusSeconds(3600).getEpochSecond();
  private static final String FOR_US = "\"aud\": [\"meshseal\"]";

  static final List<Wrong> WRONG =
      List.of(
          new Wrong("no claims", "", GOOD, Cause.MALFORMED, "'exp' is missing", 0),
          new Wrong("no end", String.join(",", FOR_US, POD), GOOD, Cause.MALFORMED, "'exp'", 0),
          new Wrong(
              "an end that is no time",
              String.join(",", FOR_US, POD, "\"exp\": 1e300"),
              GOOD,
              Cause.MALFORMED,
              "'exp'",
              0),
          new Wrong(
              "expired within the leeway of the API server",
              String.join(",", FOR_US, POD, "\"exp\": " + FakeClock.NOON.getEpochSecond()),
              GOOD,
              Cause.EXPIRED,
              "expired at 2026-11-24T12:00:00Z",
              0),
          new Wrong(
              "for the API server",
              String.join(",", "\"aud\": \"https://kubernetes.default.svc\"", ENDS, POD),
              GOOD,
              Cause.AUDIENCE,
              "is for audience [https://kubernetes.default.svc], not for 'meshseal'",
              0),
          new Wrong(
              "for nobody", String.join(",", ENDS, POD), GOOD, Cause.AUDIENCE, "no audience", 0),
          new Wrong(
              "of no pod", String.join(",", FOR_US, ENDS), GOOD, Cause.NOT_BOUND, "projected", 0),
          answered("nobody's", "{}", Cause.FOREIGN, "is of another cluster"),
          answered(
              "another key",
              "{\"error\": \"[invalid bearer token, crypto error]\"}",
              Cause.FOREIGN,
              "(\\[invalid bearer token, crypto error])".replace("\\", "")),
          answered(
              "a deleted pod",
              "{\"error\": \"[invalid bearer token, service account token has been invalidated]\"}",
              Cause.GONE,
              "pod 'shop/web-1', and that pod or its service account was deleted"),
          answered(
              "another pod of the name",
              "{\"error\": \"pod UID (a) does not match service account pod ref claim (b)\"}",
              Cause.GONE,
              "was deleted"),
          answered(
              "expired by the API server's clock",
              "{\"error\": \"service account token has expired\"}",
              Cause.EXPIRED,
              "has expired"),
          answered(
              "from the future",
              "{\"error\": \"service account token is not valid yet\"}",
              Cause.NOT_YET_VALID,
              "set the clocks"),
          answered(
              "another audience by the API server's word",
              "{\"error\": \"token audiences [\\\"x\\\"] is invalid for the target audiences\"}",
              Cause.AUDIENCE,
              "audience: meshseal"),
          answered(
              "good, but for other audiences",
              GOOD.replace("[\"meshseal\"]", "[\"vault\"]"),
              Cause.AUDIENCE,
              "[vault], not for 'meshseal'"),
          answered(
              "good, but for no audience",
              GOOD.replace("\"audiences\": [\"meshseal\"],", ""),
              Cause.AUDIENCE,
              "for audience []"),
          answered(
              "not bound, though it says so",
              GOOD.replace("pod-uid", "node-uid"),
              Cause.NOT_BOUND,
              "not bound to a pod"),
          answered(
              "bound to two pods",
              GOOD.replace("[\"u-1\"]", "[\"u-1\", \"u-2\"]"),
              Cause.NOT_BOUND,
              "not bound to a pod"),
          answered(
              "a person's",
              GOOD.replace("system:serviceaccount:shop:web", "admin"),
              Cause.NOT_BOUND,
              "not one of a service account"));

  private static Wrong answered(String name, String status, Cause cause, String word) {
    return new Wrong(name, String.join(",", FOR_US, ENDS, POD), status, cause, word, 1);
  }

  @ParameterizedTest
  @FieldSource("WRONG")
  void refusesWithASentenceThatSaysWhatToDo(Wrong wrong) {
    status = wrong.status();
    var token = token(wrong.claims());

    assertThat(reviews.review(token))
        .isInstanceOfSatisfying(
            Review.Refused.class,
            refused -> {
              assertThat(refused.cause()).isEqualTo(wrong.cause());
              assertThat(refused.sentence()).contains(wrong.word()).doesNotContain(token);
            });
    assertThat(calls).hasValue(wrong.calls());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a", "a.b", "a.b.c", "a.!!.c", "e30.W10.e30", "..", "a.b.c.d"})
  void whatIsNoTokenIsNotShownToTheApiServer(String text) {
    assertThat(reviews.review(text))
        .isInstanceOfSatisfying(
            Review.Refused.class,
            refused -> assertThat(refused.cause()).isEqualTo(Cause.MALFORMED));
    assertThat(calls).hasValue(0);
  }

  @Test
  void aTokenThatIsTooLongOrTooDeepIsNotReadAtAll() {
    for (var text :
        List.of("a".repeat(20_000), token("\"x\": " + "[".repeat(50) + "]".repeat(50)))) {
      assertThat(reviews.review(text)).isInstanceOf(Review.Refused.class);
    }
    assertThat(calls).hasValue(0);
  }

  @Test
  void anAnswerHoldsForTenSeconds() {
    reviews.review(token());
    clock.advance(Duration.ofMillis(9_999));
    reviews.review(token());
    assertThat(calls).hasValue(1);

    clock.advance(Duration.ofMillis(1));
    reviews.review(token());

    assertThat(calls).hasValue(2);
  }

  @Test
  void anAnswerHoldsNoLongerThanTheToken() {
    var token = token(claims(FakeClock.NOON.plusSeconds(3).getEpochSecond()));
    reviews.review(token);
    clock.advance(Duration.ofSeconds(3));

    assertThat(reviews.review(token)).isInstanceOf(Review.Refused.class);
  }

  @Test
  void aRefusalHoldsForTwoSecondsAndOnlyForThatToken() {
    status = "{}";
    reviews.review(token());
    reviews.review(token());
    assertThat(calls).hasValue(1);

    reviews.review(token(claims(FakeClock.NOON.plusSeconds(7200).getEpochSecond())));
    assertThat(calls).hasValue(2);

    clock.advance(Duration.ofSeconds(2));
    status = GOOD;
    assertThat(reviews.review(token())).isInstanceOf(Review.Good.class);
  }

  @Test
  void whereTheApiServerDoesNotAnswerNothingIsRefusedAndNothingRemembered() {
    var failure =
        new ApiFailure(ApiFailure.Kind.UNREACHABLE, "the API server is away", Optional.empty());
    var away =
        reviews(
            (token, audience) -> {
              throw new ApiException(failure, new IllegalStateException());
            });

    assertThat(away.review(token())).isEqualTo(new Review.Unavailable("the API server is away"));
    away.review(token());
    assertThat(calls).hasValue(2);
  }

  @Test
  void streamsThatComeTogetherWithOneTokenCostOneCall() throws Exception {
    var answer = new CountDownLatch(1);
    var slow =
        reviews(
            (token, audience) -> {
              awaitQuietly(answer);
              return Objects.json(GOOD);
            });
    try (var streams = Executors.newVirtualThreadPerTaskExecutor()) {
      var all = new ArrayList<Future<Review>>();
      for (var i = 0; i < 20; i++) {
        all.add(streams.submit(() -> slow.review(token())));
      }
      await().until(() -> calls.get() == 1);
      answer.countDown();

      for (var one : all) {
        assertThat(one.get()).isInstanceOf(Review.Good.class);
      }
      assertThat(calls).hasValue(1);
    }
  }

  @Test
  void noMoreThanSixteenAreReviewedAtOnce() throws Exception {
    var answer = new CountDownLatch(1);
    var now = new AtomicInteger();
    var most = new AtomicInteger();
    var slow =
        reviews(
            (token, audience) -> {
              most.accumulateAndGet(now.incrementAndGet(), Math::max);
              awaitQuietly(answer);
              now.decrementAndGet();
              return Objects.json(GOOD);
            });
    try (var streams = Executors.newVirtualThreadPerTaskExecutor()) {
      for (var i = 0; i < 100; i++) {
        var token = token(claims(FakeClock.NOON.plusSeconds(100 + i).getEpochSecond()));
        streams.execute(() -> slow.review(token));
      }
      await().until(() -> now.get() == 16);
      answer.countDown();
    }

    assertThat(calls).hasValue(100);
    assertThat(most).hasValue(16);
  }

  @Test
  void remembersNoMoreThanItMay() {
    var recent = new RecentReviews(clock, 3);
    for (var i = 0; i < 100; i++) {
      recent.keep("digest " + i, new Review.Refused(Cause.FOREIGN, ""));
    }

    assertThat(recent.size()).isEqualTo(3);
    assertThat(recent.find("digest 99")).isPresent();
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }

  private static String token() {
    return token(claims(FakeClock.NOON.plusSeconds(3600).getEpochSecond()));
  }

  private static String claims(long end) {
    return String.join(",", FOR_US, POD, "\"exp\": " + end);
  }

  private static String token(String claims) {
    var payload = Base64.getUrlEncoder().encodeToString(("{" + claims + "}").getBytes(UTF_8));
    return "e30." + payload + ".c2ln";
  }
}
