package dev.meshseal;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import dev.meshseal.testing.OneWayOrder;
import org.junit.jupiter.api.Test;

class ArchitectureTest {
  private final JavaClasses classes = OneWayOrder.classes();

  @Test
  void everyPackageUsesOnlyThoseAboveIt() {
    assertThat(classes).isNotEmpty();

    OneWayOrder.rules().forEach(rule -> rule.check(classes));
  }

  @Test
  void theSeamKnowsOfAMeshOnlyItsDataSources() {
    noClasses()
        .that()
        .resideInAPackage("dev.meshseal.ca")
        .should()
        .dependOnClassesThat(
            DescribedPredicate.describe(
                "are of the mesh, but no data source",
                other ->
                    other.getPackageName().equals("dev.meshseal.mesh")
                        && !other.getName().startsWith("dev.meshseal.mesh.DataSource")))
        .check(classes);
  }

  @Test
  void theRulesSeeAClassThatLooksDown() {
    var wrong = new ClassFileImporter().importClasses(dev.meshseal.identity.LooksDown.class);

    assertThatThrownBy(() -> OneWayOrder.rules().forEach(rule -> rule.check(wrong)))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("LooksDown");
  }
}
