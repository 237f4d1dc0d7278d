package dev.meshseal.server.inject;

import dev.meshseal.server.bootstrap.HostPort;
import dev.meshseal.server.bootstrap.Inbound;
import dev.meshseal.server.bootstrap.Outbound;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * What is added to every workload.
 *
 * @param mesh empty for that of the pod's label, else {@code default}
 * @param image of Envoy
 * @param initImage of Meshseal, which writes Envoy's bootstrap
 * @param inbound as {@code meshseal bootstrap} takes it
 * @param outbounds likewise
 * @param bootstrapOptions more options of {@code meshseal bootstrap}
 * @param ready where the sidecar says whether it is ready
 * @param audience for whom the token is
 */
public record Injection(
    Optional<String> mesh,
    HostPort server,
    CaReference ca,
    String image,
    String initImage,
    Optional<Inbound> inbound,
    List<Outbound> outbounds,
    List<String> bootstrapOptions,
    HostPort ready,
    String audience,
    int tokenSeconds,
    Placement placement) {
  /** What kind of container the sidecar is. */
  public enum Placement {
    /** A sidecar in Kubernetes' own sense: before the application, and ended after it (1.29). */
    SIDECAR,
    /** Beside the application, and no longer-lived than it; a Job would never end. */
    CONTAINER
  }

  /** Where Envoy's own admin listens, which is for the pod alone. */
  static final int ADMIN_PORT = 9901;

  private static final Pattern IMAGE = Pattern.compile("[a-zA-Z0-9][-a-zA-Z0-9._/:@]*");
  private static final Pattern MESH = Pattern.compile("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?");
  // The API server takes no shorter life (TokenRequest).
  private static final int SHORTEST_TOKEN = 600;
  private static final int LONGEST_TOKEN = 86_400;

  public Injection {
    outbounds = List.copyOf(outbounds);
    bootstrapOptions = List.copyOf(bootstrapOptions);
    mesh.ifPresent(Injection::requireMesh);
    requireImage(image);
    requireImage(initImage);
    if (tokenSeconds < SHORTEST_TOKEN || tokenSeconds > LONGEST_TOKEN) {
      throw new IllegalArgumentException(
          "a token lives %d to %d s, got %d"
              .formatted(SHORTEST_TOKEN, LONGEST_TOKEN, tokenSeconds));
    }
    if (inbound.isEmpty() && outbounds.isEmpty()) {
      throw new IllegalArgumentException(
          "a sidecar without --inbound and --outbound has nothing to do; give one of them");
    }
    requireEachPortOnce(ports(inbound, outbounds, ready));
  }

  static void requireMesh(String mesh) {
    if (!MESH.matcher(mesh).matches()) {
      throw new IllegalArgumentException(
          "a mesh is called by 1 to 63 of a-z 0-9 and inner '-', got '%s'".formatted(mesh));
    }
  }

  private static void requireImage(String image) {
    if (!IMAGE.matcher(image).matches()) {
      throw new IllegalArgumentException("'%s' is not the name of an image".formatted(image));
    }
  }

  private record Port(int number, String option) {}

  private static List<Port> ports(
      Optional<Inbound> inbound, List<Outbound> outbounds, HostPort ready) {
    var ports = new ArrayList<Port>();
    ports.add(new Port(ADMIN_PORT, "Envoy's admin"));
    ports.add(new Port(ready.port(), "--ready"));
    inbound.ifPresent(it -> ports.add(new Port(it.listen().port(), "--inbound")));
    inbound.ifPresent(it -> ports.add(new Port(it.appPort(), "the application of --inbound")));
    outbounds.forEach(it -> ports.add(new Port(it.port(), "--outbound")));
    return ports;
  }

  private static void requireEachPortOnce(List<Port> ports) {
    var taken = new TreeMap<Integer, String>();
    for (var port : ports) {
      if (port.number() == 0) {
        throw new IllegalArgumentException(
            "%s needs a port of its own: 1 to 65535, got 0".formatted(port.option()));
      }
      var other = taken.putIfAbsent(port.number(), port.option());
      if (other != null) {
        throw new IllegalArgumentException(
            "port %d is given to %s and to %s; each needs its own"
                .formatted(port.number(), other, port.option()));
      }
    }
  }

  /** The ports that the sidecar takes, so that no other container can have them. */
  Map<Integer, String> takenPorts() {
    var taken = new TreeMap<Integer, String>();
    ports(inbound, outbounds, ready).stream()
        .filter(port -> !port.option().startsWith("the application"))
        .forEach(port -> taken.put(port.number(), port.option()));
    return taken;
  }
}
