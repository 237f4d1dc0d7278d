package dev.meshseal.server.sds;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class SharedTest {
  private final Shared<StringBuilder> shared = new Shared<>(StringBuilder::new);

  @Test
  void keepsOneOfWhatIsAlike() {
    assertThat(shared.of("ROOTCA")).isSameAs(shared.of("ROOTCA"));
  }

  @Test
  void cannotBeFilledByAStranger() {
    for (var i = 0; i < 10_000; i++) {
      shared.of("name " + i);
    }
    shared.of("x".repeat(10_000));

    assertThat(shared.size()).isEqualTo(1_000);
    assertThat(shared.of("name 9999")).hasToString("name 9999");
  }
}
