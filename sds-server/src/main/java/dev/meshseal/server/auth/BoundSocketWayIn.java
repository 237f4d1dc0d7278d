package dev.meshseal.server.auth;

import dev.meshseal.identity.DataplaneId;
import io.grpc.Attributes;
import io.grpc.Metadata;
import java.nio.file.Path;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * A Unix socket that is one data plane's own: whoever may open it is that data plane. Who may open
 * it is up to its folder, to its mode ({@link SocketFile}) and to the user that the listener lets
 * in. What a stream presents by itself is not looked at: who writes Envoy's configuration there may
 * have node ids of its own.
 */
public final class BoundSocketWayIn implements WayIn {
  private final CompletionStage<Credential> credential;

  public BoundSocketWayIn(Path socket, DataplaneId as) {
    this.credential =
        CompletableFuture.completedStage(
            Credential.of("socket " + socket, Credential.Permits.only(as), Instant.MAX)
                .whateverTheNodeId());
  }

  @Override
  public CompletionStage<Credential> authenticate(Metadata headers, Attributes transport) {
    return credential;
  }
}
