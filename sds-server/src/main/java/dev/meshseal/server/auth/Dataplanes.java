package dev.meshseal.server.auth;

import dev.meshseal.identity.Dataplane;
import dev.meshseal.identity.DataplaneId;
import java.util.Optional;

/** What the operator or the platform says of each proxy: Dataplane documents, pods. */
@FunctionalInterface
public interface Dataplanes {
  /** Never blocks. */
  Optional<Dataplane> find(DataplaneId id);
}
