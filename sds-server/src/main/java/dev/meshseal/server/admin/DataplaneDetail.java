package dev.meshseal.server.admin;

import java.util.List;
import java.util.Optional;

/** Everything about one proxy, and what explains it. */
public record DataplaneDetail(
    ServerView server,
    DataplaneReport proxy,
    Optional<MeshView> mesh,
    Optional<BackendView> backend,
    List<RefusedView> refused,
    Explanation explanation) {
  public DataplaneDetail {
    refused = List.copyOf(refused);
  }
}
