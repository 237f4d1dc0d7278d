package dev.meshseal.server.sds;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class RefusalLimitTest {
  private static final Duration SECOND = Duration.ofSeconds(1);

  private final ManualTime time = new ManualTime();
  private final RefusalLimit limit = new RefusalLimit(time);

  @Test
  void saysOneLineASecondAndHowManyItLeftOut() {
    assertThat(limit.admit("EXPIRED", "10.0.0.1")).hasValue(0);
    for (int i = 0; i < 40; i++) {
      assertThat(limit.admit("EXPIRED", "10.0.0.1")).isEmpty();
    }

    time.pass(SECOND);

    assertThat(limit.admit("EXPIRED", "10.0.0.1")).hasValue(40);
    assertThat(limit.admit("EXPIRED", "10.0.0.1")).isEmpty();
    time.pass(SECOND);
    assertThat(limit.admit("EXPIRED", "10.0.0.1")).hasValue(1);
  }

  @Test
  void saysTheFirstOfEachReasonAndOfEachAddress() {
    assertThat(limit.admit("EXPIRED", "10.0.0.1")).hasValue(0);
    assertThat(limit.admit("FORGED", "10.0.0.1")).hasValue(0);
    assertThat(limit.admit("EXPIRED", "10.0.0.2")).hasValue(0);
  }

  @Test
  void sharesOneLineBetweenThoseWhoAreTooMany() {
    for (int i = 0; i < RefusalLimit.ADDRESSES; i++) {
      assertThat(limit.admit("EXPIRED", "10.0." + i)).hasValue(0);
    }

    assertThat(limit.admit("EXPIRED", "10.1.1")).hasValue(0);
    assertThat(limit.admit("EXPIRED", "10.1.2")).isEmpty();
    assertThat(limit.admit("EXPIRED", "10.1.3")).isEmpty();
  }

  @Test
  void forgetsAddressesThatHaveBeenQuiet() {
    for (int i = 0; i < RefusalLimit.ADDRESSES; i++) {
      limit.admit("EXPIRED", "10.0." + i);
    }
    time.pass(SECOND);

    assertThat(limit.admit("EXPIRED", "10.1.1")).hasValue(0);
    assertThat(limit.admit("EXPIRED", "10.1.2")).hasValue(0);
  }
}
