package dev.meshseal.server.auth;

import dev.meshseal.identity.DataplaneId;
import dev.meshseal.identity.Tags;
import io.grpc.Attributes;
import io.grpc.Metadata;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * The socket itself is the credential: whoever may open it is the one data plane it is bound to.
 */
public final class BoundSocketWayIn implements WayIn {
  private final Credential credential;

  public BoundSocketWayIn(Path socket, DataplaneId as) {
    this.credential =
        new Credential(
            "socket " + socket,
            Optional.empty(),
            Optional.of(as.mesh()),
            Optional.of(as.name()),
            Tags.NONE,
            Optional.empty(),
            Instant.MAX);
  }

  @Override
  public CompletionStage<Credential> authenticate(Metadata headers, Attributes transport) {
    return CompletableFuture.completedStage(credential);
  }
}
