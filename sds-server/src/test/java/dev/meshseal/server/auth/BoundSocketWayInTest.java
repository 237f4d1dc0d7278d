package dev.meshseal.server.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.meshseal.identity.DataplaneId;
import io.grpc.Attributes;
import io.grpc.Metadata;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class BoundSocketWayInTest {
  private final BoundSocketWayIn wayIn =
      new BoundSocketWayIn(Path.of("/run/web.sock"), new DataplaneId("default", "web-7"));
  private final DataplaneAuthenticator authenticator =
      new DataplaneAuthenticator(id -> Optional.empty());

  @Test
  void whoeverConnectsIsTheDataplaneOfTheSocket() {
    var credential = credential();

    assertThat(authenticator.authenticate(credential, Optional.empty()).id())
        .isEqualTo(new DataplaneId("default", "web-7"));
    assertThat(credential.subject()).isEqualTo("socket /run/web.sock");
  }

  @Test
  void theSocketAloneDecidesWhateverNodeIdIsSent() {
    for (var said : List.of("default.web-8", "other.web-7", "sidecar~10.0.0.1~web.ns~x", "")) {
      assertThat(authenticator.authenticate(credential(), Optional.of(said)).id())
          .as(said)
          .isEqualTo(new DataplaneId("default", "web-7"));
    }
  }

  @Test
  void isRefusedAsACredentialThatDoesNotSayWhose() {
    assertThatThrownBy(
            () ->
                Credential.of("socket /run/web.sock", Credential.Permits.in("default"), Instant.MAX)
                    .whateverTheNodeId())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("socket /run/web.sock");
  }

  private Credential credential() {
    return wayIn.authenticate(new Metadata(), Attributes.EMPTY).toCompletableFuture().join();
  }
}
