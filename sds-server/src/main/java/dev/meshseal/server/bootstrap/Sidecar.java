package dev.meshseal.server.bootstrap;

import dev.meshseal.identity.DataplaneId;
import dev.meshseal.identity.SpiffeId;
import dev.meshseal.mesh.InvalidMeshException;
import dev.meshseal.mesh.Violation;
import java.util.ArrayList;
import java.util.List;
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
    check("mesh", () -> requireMesh(dataplane.mesh()), violations);
    if (!NAME.matcher(dataplane.name()).matches()) {
      violations.add(
          new Violation(
              "name",
              "must be 1 to 253 of a-z 0-9 and inner - _ ., got '%s'".formatted(dataplane.name())));
    }
    check("trust-domain", () -> requireTrustDomain(trustDomain), violations);
    check("service", () -> Outbound.requireService(service), violations);
    if (!violations.isEmpty()) {
      throw new InvalidMeshException("data plane " + dataplane, violations);
    }
  }

  private static void check(String path, Runnable check, List<Violation> violations) {
    try {
      check.run();
    } catch (IllegalArgumentException e) {
      violations.add(new Violation(path, String.valueOf(e.getMessage())));
    }
  }

  /** What a mesh can be called. */
  public static void requireMesh(String mesh) {
    if (!MESH.matcher(mesh).matches()) {
      throw new IllegalArgumentException(
          "must be 1 to 63 of a-z 0-9 and inner '-', got '%s'".formatted(mesh));
    }
  }

  /** What its trust domain can be called. */
  public static void requireTrustDomain(String trustDomain) {
    if (!SpiffeId.isTrustDomain(trustDomain)) {
      throw new IllegalArgumentException(
          "must be 1 to 255 of a-z 0-9 . - _, got '%s'".formatted(trustDomain));
    }
  }
}
