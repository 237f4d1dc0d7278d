package dev.meshseal.server.auth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meshseal.identity.Tags;
import org.junit.jupiter.api.Test;

class SameTest {
  private final Same<Tags> same = new Same<>();

  @Test
  void makesEqualValuesOneObject() {
    var first = same.of(Tags.service("web"));

    assertThat(same.of(Tags.service("web"))).isSameAs(first);
    assertThat(same.of(Tags.service("shop"))).isEqualTo(Tags.service("shop"));
  }

  @Test
  void keepsOnlySoMany() {
    for (int i = 0; i < Same.MOST; i++) {
      same.of(Tags.service("web-" + i));
    }

    var oneTooMany = Tags.service("shop");

    assertThat(same.of(oneTooMany)).isSameAs(oneTooMany);
    assertThat(same.of(Tags.service("shop"))).isNotSameAs(oneTooMany);
    assertThat(same.of(Tags.service("web-7"))).isSameAs(same.of(Tags.service("web-7")));
  }
}
