package dev.meshseal.server.sds;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.rpc.Status;
import dev.meshseal.server.sds.SecretsRequest.Names;
import dev.meshseal.server.sds.SecretsRequest.Node;
import io.envoyproxy.envoy.config.core.v3.BuildVersion;
import io.envoyproxy.envoy.config.core.v3.Extension;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryRequest;
import io.envoyproxy.envoy.type.v3.SemanticVersion;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class EnvoyRequestsTest {
  private static final io.envoyproxy.envoy.config.core.v3.Node NODE =
      io.envoyproxy.envoy.config.core.v3.Node.newBuilder()
          .setId("default.web-1")
          .setCluster("web")
          .setUserAgentName("envoy")
          .setUserAgentBuildVersion(
              BuildVersion.newBuilder()
                  .setVersion(
                      SemanticVersion.newBuilder()
                          .setMajorNumber(1)
                          .setMinorNumber(40)
                          .setPatch(2)))
          .addExtensions(Extension.newBuilder().setName("envoy.filters.http.router"))
          .build();

  @Test
  void readsWhatWeUseOfAStateOfTheWorldRequest() {
    var bytes =
        DiscoveryRequest.newBuilder()
            .setVersionInfo("7")
            .setNode(NODE)
            .addResourceNames("default")
            .addResourceNames("ROOTCA")
            .setTypeUrl(EnvoySecrets.TYPE_URL)
            .setResponseNonce("3")
            .setErrorDetail(Status.newBuilder().setCode(13).setMessage("no such curve"))
            .build()
            .toByteArray();

    assertThat(EnvoyRequests.stateOfTheWorld(bytes))
        .isEqualTo(
            new SecretsRequest(
                Optional.of(new Node("default.web-1", "envoy 1.40.2")),
                EnvoySecrets.TYPE_URL,
                "3",
                Optional.of("no such curve"),
                new Names.Whole(List.of("default", "ROOTCA"))));
  }

  @Test
  void readsWhatWeUseOfADeltaRequest() {
    var bytes =
        DeltaDiscoveryRequest.newBuilder()
            .setNode(NODE)
            .addResourceNamesSubscribe("default")
            .addResourceNamesUnsubscribe("ROOTCA")
            .putInitialResourceVersions("default", "7")
            .setTypeUrl(EnvoySecrets.TYPE_URL)
            .setResponseNonce("3")
            .build()
            .toByteArray();

    assertThat(EnvoyRequests.delta(bytes))
        .isEqualTo(
            new SecretsRequest(
                Optional.of(new Node("default.web-1", "envoy 1.40.2")),
                EnvoySecrets.TYPE_URL,
                "3",
                Optional.empty(),
                new Names.Change(List.of("default"), List.of("ROOTCA"))));
  }

  @Test
  void takesAnErrorWithoutAMessageForARefusal() {
    var bytes =
        DiscoveryRequest.newBuilder()
            .setErrorDetail(Status.newBuilder().setCode(13))
            .build()
            .toByteArray();

    assertThat(((SecretsRequest) EnvoyRequests.stateOfTheWorld(bytes)).refusal())
        .contains("no reason given");
  }

  @Test
  void cleansAndCutsTheReasonOfARefusal() {
    var bytes =
        DiscoveryRequest.newBuilder()
            .setErrorDetail(
                Status.newBuilder().setMessage("one\nlevel=ERROR \u202e" + "x".repeat(10_000)))
            .build()
            .toByteArray();

    var reason = ((SecretsRequest) EnvoyRequests.stateOfTheWorld(bytes)).refusal().orElseThrow();

    assertThat(reason).startsWith("one level=ERROR  xxx").endsWith("x…").hasSize(501);
  }

  @Test
  void refusesNamesThatAreNotText() {
    var bytes = DiscoveryRequest.newBuilder().addResourceNames("default").build().toByteArray();
    bytes[3] = (byte) 0xff;

    assertThat(EnvoyRequests.stateOfTheWorld(bytes))
        .isEqualTo(new Message.Malformed("resource_names is not valid UTF-8; send text"));
  }

  @Test
  void refusesANodeIdThatIsNotText() {
    var bytes = DeltaDiscoveryRequest.newBuilder().setNode(NODE).build().toByteArray();
    bytes[bytes.length - NODE.getSerializedSize() + 3] = (byte) 0xc0;

    assertThat(EnvoyRequests.delta(bytes))
        .isEqualTo(new Message.Malformed("node.id is not valid UTF-8; send text"));
  }

  @Test
  void neverThrowsWhateverTheBytes() {
    var random = new Random(42);
    var good =
        DiscoveryRequest.newBuilder()
            .setNode(NODE)
            .addResourceNames("default")
            .setErrorDetail(Status.newBuilder().setMessage("no"))
            .build()
            .toByteArray();

    for (var i = 0; i < 20_000; i++) {
      var bytes = i % 2 == 0 ? good.clone() : new byte[random.nextInt(60)];
      for (var flip = 0; flip < 4 && bytes.length > 0; flip++) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
      }

      assertThat(EnvoyRequests.stateOfTheWorld(bytes)).isInstanceOf(Message.class);
      assertThat(EnvoyRequests.delta(bytes)).isInstanceOf(Message.class);
    }
  }
}
