package dev.meshseal.server.auth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meshseal.identity.DataplaneId;
import dev.meshseal.server.auth.NotAuthenticatedException.Reason;
import dev.meshseal.server.auth.ServiceAccounts.Verdict;
import io.grpc.Attributes;
import io.grpc.Metadata;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ServiceAccountWayInTest {
  private static final Instant END = Instant.parse("2026-11-24T13:00:00Z");
  private static final Verdict GOOD =
      new Verdict.Good(new DataplaneId("default", "web-1.shop"), "u-1", END);

  @Test
  void aPodMayBeItselfAloneUntilItsTokenEnds() throws Exception {
    var credential = get(new ServiceAccountWayIn(new FakeAccounts(GOOD)));

    assertThat(credential)
        .isEqualTo(
            Credential.of(
                    "pod web-1.shop",
                    Credential.Permits.only(new DataplaneId("default", "web-1.shop")),
                    END)
                .heldBy("u-1"));
  }

  @Test
  void askingThePlatformDoesNotHoldUpTheCaller() throws Exception {
    var answer = new CountDownLatch(1);
    var slow =
        new ServiceAccounts() {
          @Override
          public Verdict check(String token) {
            try {
              answer.await();
            } catch (InterruptedException stopped) {
              Thread.currentThread().interrupt();
            }
            return GOOD;
          }

          @Override
          public Optional<String> lost(DataplaneId dataplane, String holder) {
            return Optional.empty();
          }

          @Override
          public void onLost(Runnable bell) {}
        };
    var wayIn = new ServiceAccountWayIn(slow, 1);

    var first = authenticate(wayIn);
    assertThat(refusal(authenticate(wayIn)).reason()).isEqualTo(Reason.UNAVAILABLE);
    answer.countDown();

    assertThat(first.toCompletableFuture().get(10, TimeUnit.SECONDS).permits().name())
        .contains("web-1.shop");
  }

  @Test
  void passesOnWhyATokenIsRefusedAndThatNobodyCouldSay() {
    var refused = new Verdict.Refused(Reason.AUDIENCE, "is for somebody else");
    var away = new Verdict.Unavailable("is away");

    assertThat(refusal(authenticate(new ServiceAccountWayIn(new FakeAccounts(refused)))))
        .hasMessage("is for somebody else")
        .extracting(NotAuthenticatedException::reason)
        .isEqualTo(Reason.AUDIENCE);
    assertThat(refusal(authenticate(new ServiceAccountWayIn(new FakeAccounts(away)))))
        .hasMessage("is away")
        .extracting(NotAuthenticatedException::reason)
        .isEqualTo(Reason.UNAVAILABLE);
  }

  @Test
  void withoutATokenNobodyIsAsked() {
    var accounts = new FakeAccounts(GOOD);
    var stage = new ServiceAccountWayIn(accounts).authenticate(new Metadata(), Attributes.EMPTY);

    assertThat(refusal(stage).reason()).isEqualTo(Reason.MISSING);
    assertThat(accounts.asked).isEmpty();
  }

  @Test
  void aPodThatIsGoneTakesItsCredentialWithIt() throws Exception {
    var accounts = new FakeAccounts(GOOD);
    var wayIn = new ServiceAccountWayIn(accounts);
    var bells = new AtomicInteger();
    wayIn.onChange(bells::incrementAndGet);
    var credential = get(wayIn);
    assertThat(wayIn.withdrawn(credential)).isEmpty();

    accounts.lose("was deleted");

    assertThat(bells).hasValue(1);
    assertThat(wayIn.withdrawn(credential))
        .hasValueSatisfying(
            why ->
                assertThat(why)
                    .hasMessage("default/web-1.shop u-1 was deleted")
                    .extracting(NotAuthenticatedException::reason)
                    .isEqualTo(Reason.GONE));
  }

  private static Credential get(WayIn wayIn) throws Exception {
    return authenticate(wayIn).toCompletableFuture().get(10, TimeUnit.SECONDS);
  }

  private static CompletionStage<Credential> authenticate(WayIn wayIn) {
    return wayIn.authenticate(EitherWayInTest.headers("a.b.c"), Attributes.EMPTY);
  }

  static NotAuthenticatedException refusal(CompletionStage<Credential> stage) {
    try {
      var credential = stage.toCompletableFuture().join();
      throw new AssertionError("was let in as " + credential.subject());
    } catch (CompletionException refused) {
      if (refused.getCause() instanceof NotAuthenticatedException why) {
        return why;
      }
      throw refused;
    }
  }
}
