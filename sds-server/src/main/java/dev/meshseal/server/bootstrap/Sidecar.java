package dev.meshseal.server.bootstrap;

import dev.meshseal.identity.DataplaneId;
import dev.meshseal.identity.SpiffeId;
import dev.meshseal.mesh.InvalidMeshException;
import dev.meshseal.mesh.Violation;
import java.util.ArrayList;
import java.util.regex.Pattern;

/**
 * Who the sidecar is.
 *
 * @param service the first of its services; Envoy's {@code node.cluster}
 * @param trustDomain of the mesh, which is the mesh's name where no label says otherwise
 */
public record Sidecar(DataplaneId dataplane, String service, String trustDomain) {
  private static final Pattern MESH = Pattern.compile("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?");
  private static final Pattern NAME = Pattern.compile("[a-z0-9]([-a-z0-9_.]{0,251}[a-z0-9])?");

  /**
   * @throws InvalidMeshException with every value that cannot be
   */
  public Sidecar {
    var violations = new ArrayList<Violation>();
    if (!MESH.matcher(dataplane.mesh()).matches()) {
      violations.add(
          new Violation(
              "mesh",
              "must be 1 to 63 of a-z 0-9 and inner '-', got '%s'".formatted(dataplane.mesh())));
    }
    if (!NAME.matcher(dataplane.name()).matches()) {
      violations.add(
          new Violation(
              "name",
              "must be 1 to 253 of a-z 0-9 and inner - _ ., got '%s'".formatted(dataplane.name())));
    }
    if (!SpiffeId.isTrustDomain(trustDomain)) {
      violations.add(
          new Violation(
              "trust-domain",
              "must be 1 to 255 of a-z 0-9 . - _, got '%s'".formatted(trustDomain)));
    }
    try {
      Outbound.requireService(service);
    } catch (IllegalArgumentException e) {
      violations.add(new Violation("service", String.valueOf(e.getMessage())));
    }
    if (!violations.isEmpty()) {
      throw new InvalidMeshException("data plane " + dataplane, violations);
    }
  }
}
