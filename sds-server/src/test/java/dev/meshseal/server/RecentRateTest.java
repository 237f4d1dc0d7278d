package dev.meshseal.server;

import static dev.meshseal.testing.FakeClock.NOON;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RecentRateTest {
  private final RecentRate rate = new RecentRate();

  private void happens(int times, int second) {
    for (int time = 0; time < times; time++) {
      rate.happened(NOON.plusSeconds(second));
    }
  }

  @Test
  void isNothingWhereNothingHappened() {
    assertThat(rate.perSecond(NOON)).isZero();
  }

  @Test
  void isCountedFromWhenItBegan() {
    happens(30, 0);
    happens(30, 1);
    happens(30, 2);

    assertThat(rate.perSecond(NOON.plusSeconds(3))).isEqualTo(30);
  }

  @Test
  void forgetsWhatIsTenSecondsAgo() {
    happens(1_000, 0);
    happens(50, 9);

    assertThat(rate.perSecond(NOON.plusSeconds(10))).isEqualTo(5);
    assertThat(rate.perSecond(NOON.plusSeconds(19))).isZero();
  }

  @Test
  void beginsAnewAfterAPause() {
    happens(1_000, 0);
    happens(40, 3_600);

    assertThat(rate.perSecond(NOON.plusSeconds(3_602))).isEqualTo(20);
  }

  @Test
  void doesNotMindAClockThatGoesBack() {
    happens(10, 100);
    happens(10, 50);

    assertThat(rate.perSecond(NOON.plusSeconds(102))).isEqualTo(10);
  }
}
