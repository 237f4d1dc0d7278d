package dev.meshseal.issuance;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class ObserversTest {
  /** An event that is not passed on falls to a method that does nothing, and nobody notices. */
  @Test
  void passesOnEveryKindOfEvent() {
    var events =
        Arrays.stream(IssuanceObserver.class.getDeclaredMethods())
            .filter(method -> !Modifier.isStatic(method.getModifiers()))
            .map(Method::getName)
            .toList();

    assertThat(Observers.class.getDeclaredMethods())
        .extracting(Method::getName)
        .containsAll(events);
  }
}
