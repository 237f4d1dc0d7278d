package dev.meshseal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meshseal.testing.OneWayOrder;
import org.junit.jupiter.api.Test;

class ArchitectureTest {
  @Test
  void everyPackageOfBothModulesUsesOnlyThoseAboveIt() {
    var classes = OneWayOrder.classes();

    assertThat(classes)
        .extracting(type -> type.getPackageName())
        .contains("dev.meshseal.identity", "dev.meshseal.cli");
    OneWayOrder.rules().forEach(rule -> rule.check(classes));
  }
}
