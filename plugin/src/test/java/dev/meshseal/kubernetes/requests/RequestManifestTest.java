package dev.meshseal.kubernetes.requests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meshseal.identity.DataplaneId;
import org.junit.jupiter.api.Test;

class RequestManifestTest {
  private final RequestNames names = new RequestNames();

  @Test
  void namesARequestSoThatPeopleFindItAndTheApiServerTakesIt() {
    assertThat(names.next(new DataplaneId("default", "web-1")))
        .matches("default-web-1-[a-z0-9]{12}");
    assertThat(names.next(new DataplaneId("Mesh_1", "Web.demo/äö")))
        .matches("[a-z0-9]([a-z0-9-]*[a-z0-9])?");
    assertThat(names.next(new DataplaneId("m", "x".repeat(300)))).hasSizeLessThanOrEqualTo(63);
    assertThat(names.next(new DataplaneId("ä", "ö"))).matches("[a-z0-9]([a-z0-9-]*[a-z0-9])?");
  }

  @Test
  void namesNoTwoRequestsAlike() {
    var web = new DataplaneId("default", "web-1");

    assertThat(names.next(web)).isNotEqualTo(names.next(web));
  }

  @Test
  void writesALabelAsItIsOrAsAHashThatALabelCanHold() {
    assertThat(Labels.value("web-1.demo")).isEqualTo("web-1.demo");
    assertThat(Labels.value("x".repeat(64)))
        .matches("sha256-[0-9a-f]{32}")
        .isEqualTo(Labels.value("x".repeat(64)));
    assertThat(Labels.value("_web")).startsWith("sha256-");
  }
}
