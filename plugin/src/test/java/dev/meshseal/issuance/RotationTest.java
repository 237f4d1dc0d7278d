package dev.meshseal.issuance;

import static dev.meshseal.testing.FakeTime.NOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class RotationTest {
  private static final Duration NINE_HOURS = Duration.ofHours(9);

  @Test
  void renewsWhenTwoThirdsOfTheLifetimeHavePassed() {
    var due = Rotation.AT_TWO_THIRDS.due(NOON, NOON.plus(NINE_HOURS), 0.5);

    assertThat(due).isEqualTo(NOON.plus(Duration.ofHours(6)));
  }

  @Test
  void scattersRenewalsByATenthOnEitherSide() {
    var first = Rotation.AT_TWO_THIRDS.due(NOON, NOON.plus(NINE_HOURS), 0);
    var last = Rotation.AT_TWO_THIRDS.due(NOON, NOON.plus(NINE_HOURS), 1);

    assertThat(first).isEqualTo(NOON.plus(Duration.ofMinutes(324)));
    assertThat(last).isEqualTo(NOON.plus(Duration.ofMinutes(396)));
  }

  @Test
  void isDueAtOnceWhenWhatCameHasAlreadyExpired() {
    var due = Rotation.AT_TWO_THIRDS.due(NOON, NOON.minusSeconds(60), 0.5);

    assertThat(due).isEqualTo(NOON);
  }

  @Test
  void refusesAFractionThatMightPassTheEnd() {
    assertThatThrownBy(() -> Rotation.at(0.95)).hasMessageContaining("0.95");
    assertThatThrownBy(() -> Rotation.at(0)).hasMessageContaining("between 0 and 0.91");
    assertThatThrownBy(() -> Rotation.at(Double.NaN)).hasMessageContaining("NaN");
  }
}
