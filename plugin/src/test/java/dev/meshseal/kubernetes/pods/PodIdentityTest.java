package dev.meshseal.kubernetes.pods;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meshseal.identity.Dataplane;
import dev.meshseal.identity.DataplaneId;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

class PodIdentityTest {
  private static final String WEB = "\"app\": \"web\"";

  @Test
  void isCalledByPodAndNamespaceAndRunsAsItsAccount() {
    var dataplane = dataplane(WEB);

    assertThat(dataplane.id()).isEqualTo(new DataplaneId("default", "web-1.shop"));
    assertThat(dataplane.account()).contains(new Dataplane.ServiceAccount("shop", "web"));
  }

  @Test
  void aPodWithoutAnAccountRunsAsTheDefaultOne() {
    var pod =
        Objects.json(
            """
            {"metadata": {"namespace": "shop", "name": "p", "uid": "u"}, "spec": {}}
            """);

    assertThat(PodFacts.of(pod).account()).isEqualTo("default");
  }

  @Test
  void theMeshOfThePodComesBeforeThatOfItsNamespace() {
    assertThat(dataplane(WEB).id().mesh()).isEqualTo("default");
    assertThat(dataplaneIn("red", WEB).id().mesh()).isEqualTo("red");
    assertThat(dataplaneIn("red", "\"kuma.io/mesh\": \"blue\"").id().mesh()).isEqualTo("blue");
    assertThat(dataplaneIn("red", "\"kuma.io/mesh\": \"\"").id().mesh()).isEqualTo("red");
  }

  @Test
  void theServiceOfTheLabelComesBeforeTheServicesThatSelectThePod() {
    var service =
        Objects.service("web", "\"selector\": {\"app\": \"web\"}, \"ports\": [{\"port\": 80}]");

    assertThat(services(WEB + ", \"kuma.io/service\": \"shop-web\"", service))
        .containsExactly("shop-web");
  }

  @Test
  void aPodOfNoServiceIsItsWorkload() {
    var dataplane = dataplane("\"kuma.io/workload\": \"batch\"");

    assertThat(dataplane.tags().services()).isEmpty();
    assertThat(dataplane.workload()).contains("batch");
  }

  @Test
  void otherLabelsOfKumaAreTagsAndForeignOnesAreNot() {
    var labels =
        """
        "app": "web", "kuma.io/zone": "east", "kuma.io/empty": "", "kuma.io/mesh": "blue",
        "kuma.io/workload": "w", "kuma.io/sidecar-injection": "enabled", "k8s.kuma.io/x": "y",
        "kuma.io/service": "web"
        """;

    assertThat(dataplane(labels).tags().values().keySet())
        .containsExactly("kuma.io/service", "kuma.io/zone");
  }

  record Selecting(String name, String spec, List<String> services) {
    @Override
    public String toString() {
      return name;
    }
  }

  static final List<Selecting> SELECTING =
      List.of(
          new Selecting(
              "all ports",
              "\"selector\": {\"app\": \"web\"}, \"ports\": [{\"port\": 443}, {\"port\": 80}]",
              List.of("web_shop_svc_443", "web_shop_svc_80")),
          new Selecting(
              "headless",
              "\"clusterIP\": \"None\", \"selector\": {\"app\": \"web\"}, \"ports\": [{\"port\":"
                  + " 80}]",
              List.of("web_shop_svc_80")),
          new Selecting(
              "a port by name",
              "\"selector\": {\"app\": \"web\"}, \"ports\": [{\"port\": 80, \"targetPort\":"
                  + " \"http\"}]",
              List.of("web_shop_svc_80")),
          new Selecting(
              "a port by number that no container declares",
              "\"selector\": {\"app\": \"web\"}, \"ports\": [{\"port\": 80, \"targetPort\": 9}]",
              List.of("web_shop_svc_80")),
          new Selecting(
              "a name that no TCP port has",
              "\"selector\": {\"app\": \"web\"}, \"ports\": [{\"port\": 53, \"targetPort\":"
                  + " \"dns\"}]",
              List.of()),
          new Selecting(
              "UDP",
              "\"selector\": {\"app\": \"web\"}, \"ports\": [{\"port\": 53, \"protocol\":"
                  + " \"UDP\"}]",
              List.of()),
          new Selecting(
              "another app",
              "\"selector\": {\"app\": \"api\"}, \"ports\": [{\"port\": 80}]",
              List.of()),
          new Selecting(
              "more than the pod has",
              "\"selector\": {\"app\": \"web\", \"tier\": \"1\"}, \"ports\": [{\"port\": 80}]",
              List.of()),
          new Selecting("no selector", "\"ports\": [{\"port\": 80}]", List.of()),
          new Selecting(
              "an empty selector", "\"selector\": {}, \"ports\": [{\"port\": 80}]", List.of()),
          new Selecting(
              "an external name",
              "\"type\": \"ExternalName\", \"selector\": {\"app\": \"web\"}, \"ports\": [{\"port\":"
                  + " 80}]",
              List.of()));

  @ParameterizedTest
  @FieldSource("SELECTING")
  void namesTheServicesThatSelectThePodAsKumaDoes(Selecting selecting) {
    assertThat(services(WEB, Objects.service("web", selecting.spec())))
        .containsExactlyElementsOf(selecting.services());
  }

  @Test
  void readsTheNameOfADataplaneBackAtItsLastDot() {
    var name = new PodName("shop", "web.v2.1");

    assertThat(PodName.ofDataplane(name.dataplane())).contains(name);
    assertThat(Stream.of("web", ".shop", "web.").flatMap(one -> PodName.ofDataplane(one).stream()))
        .isEmpty();
  }

  private static Dataplane dataplane(String labels) {
    return PodIdentity.of(facts(labels), Optional.empty(), List.of());
  }

  private static Dataplane dataplaneIn(String namespacesMesh, String labels) {
    return PodIdentity.of(facts(labels), Optional.of(namespacesMesh), List.of());
  }

  private static Iterable<String> services(String labels, tools.jackson.databind.JsonNode service) {
    var services = SelectingService.of(service).stream().toList();
    return PodIdentity.of(facts(labels), Optional.empty(), services).tags().services();
  }

  private static PodFacts facts(String labels) {
    return PodFacts.of(Objects.pod("web-1", "u-1", labels, 1));
  }
}
