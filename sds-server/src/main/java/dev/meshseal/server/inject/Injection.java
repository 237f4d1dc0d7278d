package dev.meshseal.server.inject;

import dev.meshseal.server.bootstrap.HostPort;
import dev.meshseal.server.bootstrap.SdsEndpoint;
import dev.meshseal.server.bootstrap.Sidecar;
import java.util.Optional;

/**
 * What is added to every workload.
 *
 * @param mesh empty for that of the pod's label, else {@code default}
 * @param ca what verifies the server
 */
public record Injection(
    Optional<String> mesh,
    HostPort server,
    CaReference ca,
    Traffic traffic,
    PodToken token,
    Containers containers) {
  private static final String DEFAULT_MESH = "default";

  public Injection {
    mesh.ifPresent(Sidecar::requireMesh);
    SdsEndpoint.requirePort(server);
  }

  /** The mesh of a workload's pods. */
  String meshOf(Workload workload) {
    return mesh.or(() -> workload.label(Workload.MESH)).orElse(DEFAULT_MESH);
  }
}
