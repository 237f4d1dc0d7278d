package dev.meshseal.issuance;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LongestAwayTest {
  private final LongestAway<String> away = new LongestAway<>(2);

  @Test
  void givesUpTheOneThatIsAwayForLongestWhenThereAreTooMany() {
    away.left("web-1");
    away.left("web-2");

    assertThat(away.left("web-3")).hasValue("web-1");
    assertThat(away.left("web-4")).hasValue("web-2");
  }

  @Test
  void doesNotCountThoseThatCameBack() {
    away.left("web-1");
    away.left("web-2");

    away.remove("web-1");

    assertThat(away.left("web-1")).isEmpty();
    assertThat(away.left("web-3")).hasValue("web-2");
  }
}
