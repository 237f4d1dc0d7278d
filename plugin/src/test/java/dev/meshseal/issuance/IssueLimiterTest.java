package dev.meshseal.issuance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meshseal.ca.BackendRef;
import dev.meshseal.identity.DataplaneId;
import dev.meshseal.identity.DataplaneIdentity;
import dev.meshseal.identity.IdentityForm;
import dev.meshseal.issuance.IssueLimiter.Limits;
import dev.meshseal.testing.FakeTime;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class IssueLimiterTest {
  private static final BackendRef CA_1 = BackendRef.of("default", "ca-1");

  private final FakeTime time = new FakeTime();
  private final IssueLimiter limiter = new IssueLimiter(Limits.DEFAULT, time, new Random(1));

  @Test
  void holdsNobodyBackBeforeAFailure() {
    assertThat(limiter.heldUntil(CA_1, proxy(1))).isEmpty();
  }

  @Test
  void holdsAFailedProxyBackForAboutFiveSecondsAndNoOther() {
    limiter.failed(CA_1, proxy(1));

    assertThat(limiter.heldUntil(CA_1, proxy(1)).orElseThrow())
        .isBetween(time.instant().plusSeconds(4), time.instant().plusSeconds(6));
    assertThat(limiter.heldUntil(CA_1, proxy(2))).isEmpty();
  }

  @Test
  void doublesTheWaitWithEachFailureUpToFiveMinutes() {
    for (var failure = 0; failure < 10; failure++) {
      limiter.failed(CA_1, proxy(1));
    }

    assertThat(limiter.heldUntil(CA_1, proxy(1)).orElseThrow())
        .isBetween(time.instant().plusSeconds(240), time.instant().plusSeconds(360));
  }

  @Test
  void opensTheBreakerWhenTenDistinctProxiesHaveFailed() {
    failures(9);
    assertThat(limiter.breaker(CA_1)).isEmpty();

    limiter.failed(CA_1, proxy(10));

    assertThat(limiter.breaker(CA_1).orElseThrow().failingProxies()).isEqualTo(10);
    assertThat(limiter.heldUntil(CA_1, proxy(11))).isPresent();
    assertThat(limiter.heldUntil(BackendRef.of("default", "ca-2"), proxy(1))).isEmpty();
  }

  @Test
  void oneBrokenProxyNeverOpensTheBreaker() {
    for (var failure = 0; failure < 100; failure++) {
      limiter.failed(CA_1, proxy(1));
    }

    assertThat(limiter.breaker(CA_1)).isEmpty();
  }

  @Test
  void letsOneProbeThroughWhenTheBreakerHasCooledDown() {
    failures(10);
    time.advance(Limits.DEFAULT.maxBackoff().plusSeconds(1));

    var probe = limiter.heldUntil(CA_1, proxy(11));
    var other = limiter.heldUntil(CA_1, proxy(12));

    assertThat(probe).isEmpty();
    assertThat(other).isPresent();
  }

  @Test
  void holdsNobodyBackForLongerWhenTheClockIsSetBack() {
    failures(10);

    time.set(time.instant().minus(Duration.ofHours(10)));

    assertThat(limiter.heldUntil(CA_1, proxy(1))).isEmpty();
    assertThat(limiter.heldUntil(CA_1, proxy(11))).isPresent();
  }

  @Test
  void closesTheBreakerWhenAllThatFailedAreGone() {
    failures(10);

    for (var number = 0; number < 20; number++) {
      limiter.forget(CA_1, proxy(number));
    }

    assertThat(limiter.breaker(CA_1)).isEmpty();
    assertThat(limiter.heldUntil(CA_1, proxy(11))).isEmpty();
  }

  @Test
  void closesTheBreakerOnOneSuccess() {
    failures(10);

    limiter.succeeded(CA_1, proxy(11));

    assertThat(limiter.breaker(CA_1)).isEmpty();
    assertThat(limiter.heldUntil(CA_1, proxy(12))).isEmpty();
  }

  @Test
  void forgetsFailuresThatAreOld() {
    failures(9);
    time.advance(Duration.ofMinutes(11));

    limiter.failed(CA_1, proxy(10));

    assertThat(limiter.breaker(CA_1)).isEmpty();
    assertThat(limiter.failing(CA_1)).isEqualTo(1);
  }

  @Test
  void forgetsABackendThatIsAnotherNow() {
    failures(10);

    limiter.forget(CA_1);

    assertThat(limiter.heldUntil(CA_1, proxy(1))).isEmpty();
  }

  private void failures(int proxies) {
    for (var number = 1; number <= proxies; number++) {
      limiter.failed(CA_1, proxy(number));
    }
  }

  private static DataplaneIdentity proxy(int number) {
    return new DataplaneIdentity(
        new DataplaneId("default", "web-" + number),
        IdentityForm.KUMA,
        List.of("spiffe://default/web"));
  }
}
