package dev.meshseal.testing;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The order of the packages: each may use those in the rows above its own, never one beside or
 * below it; and of each library, which packages alone may use it.
 */
public final class OneWayOrder {
  private static final String ROOT = "dev.meshseal.";

  private static final List<List<String>> ROWS =
      List.of(
          List.of("identity"),
          List.of("x509"),
          List.of("mesh"),
          List.of("ca"),
          List.of("ca.builtin", "ca.provided", "ca.certmanager"),
          List.of("issuance"),
          List.of("kubernetes"),
          List.of("kubernetes.resources", "kubernetes.pods", "kubernetes.requests"),
          List.of("server.auth", "server.tls"),
          List.of("server.sds"),
          List.of("server.files", "server.bootstrap", "server.admin"),
          List.of("server.inject"),
          List.of("server"),
          List.of("cli.."));

  /** What is above a package and is yet none of its business. */
  private static final Map<String, List<String>> NOT_ITS_BUSINESS =
      Map.ofEntries(
          entry("ca.builtin", "server.."),
          entry("kubernetes", "ca.provided", "issuance"),
          entry("kubernetes.resources", "ca.provided", "ca.certmanager", "issuance"),
          entry("kubernetes.pods", "x509", "ca..", "issuance"),
          entry("kubernetes.requests", "ca.builtin", "ca.provided", "issuance"),
          entry("server.auth", "mesh", "ca..", "issuance", "kubernetes.."),
          entry("server.tls", "mesh", "ca..", "kubernetes.."),
          entry("server.sds", "mesh", "ca..", "kubernetes.."),
          entry("server.files", "kubernetes.."),
          entry(
              "server.bootstrap",
              "x509",
              "ca..",
              "issuance",
              "kubernetes..",
              "server.auth",
              "server.sds"),
          entry(
              "server.inject",
              "identity",
              "x509",
              "ca..",
              "issuance",
              "kubernetes..",
              "server.auth",
              "server.tls",
              "server.sds",
              "server.files",
              "server.admin"),
          entry("server.admin", "x509", "mesh", "ca..", "issuance", "kubernetes..", "server.sds"));

  private static final Map<String, List<String>> LIBRARIES =
      Map.of(
          "org.bouncycastle..", List.of("x509"),
          "com.amazon.corretto..", List.of("x509"),
          "org.snakeyaml..", List.of("mesh", "server.inject"),
          "io.grpc..",
              List.of("server", "server.auth", "server.tls", "server.sds", "cli.rehearsal"),
          "com.google.protobuf..", List.of("server.sds", "cli.rehearsal"),
          "io.fabric8..", List.of("kubernetes"),
          "com.nimbusds..", List.of("server.auth"),
          "io.micrometer..", List.of("server.admin"),
          "tools.jackson..", List.of("kubernetes", "kubernetes..", "server.admin", "cli.."),
          "picocli..", List.of("cli.."));

  private static final Pattern TEST_JAR = Pattern.compile(".*-tests\\.jar.*");

  private OneWayOrder() {}

  private static Map.Entry<String, List<String>> entry(String name, String... others) {
    return Map.entry(name, List.of(others));
  }

  /** All classes of the project that are on the class path, but for those of tests. */
  public static JavaClasses classes() {
    return new ClassFileImporter()
        .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
        .withImportOption(location -> !location.matches(TEST_JAR))
        .importPackages("dev.meshseal");
  }

  public static List<ArchRule> rules() {
    var rules = new ArrayList<ArchRule>();
    for (var row = 0; row < ROWS.size(); row++) {
      for (var name : ROWS.get(row)) {
        rules.add(noneOf(name, besideAndBelow(name, row), "it is not above"));
      }
    }
    NOT_ITS_BUSINESS.forEach(
        (name, others) -> rules.add(noneOf(name, others, "it is not its business")));
    LIBRARIES.forEach((library, users) -> rules.add(onlyFrom(library, users)));
    return rules;
  }

  private static List<String> besideAndBelow(String name, int row) {
    var beside = ROWS.get(row).stream().filter(other -> !other.equals(name));
    var below = ROWS.subList(row + 1, ROWS.size()).stream().flatMap(List::stream);
    return Stream.concat(beside, below).toList();
  }

  private static ArchRule noneOf(String name, List<String> others, String because) {
    return noClasses()
        .that()
        .resideInAPackage(ROOT + name)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(ours(others))
        .allowEmptyShould(true)
        .because(because);
  }

  private static ArchRule onlyFrom(String library, List<String> users) {
    return noClasses()
        .that()
        .resideOutsideOfPackages(ours(users))
        .should()
        .dependOnClassesThat()
        .resideInAPackage(library)
        .allowEmptyShould(true)
        .because("one package answers for each library");
  }

  private static String[] ours(List<String> names) {
    return names.stream().map(ROOT::concat).toArray(String[]::new);
  }
}
