package dev.meshseal.server.inject;

import dev.meshseal.server.bootstrap.Delivery;
import dev.meshseal.server.bootstrap.HostPort;
import dev.meshseal.server.bootstrap.Inbound;
import dev.meshseal.server.bootstrap.Outbound;
import dev.meshseal.server.bootstrap.Sidecar;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What the sidecar does, as {@code meshseal bootstrap} takes it.
 *
 * @param trustDomain empty for the mesh's name
 * @param ready where the sidecar says whether it is ready
 */
public record Traffic(
    Optional<Inbound> inbound,
    List<Outbound> outbounds,
    Optional<String> trustDomain,
    Delivery delivery,
    HostPort ready) {
  /** Where Envoy's own admin listens, which is for the pod alone. */
  static final int ADMIN_PORT = 9901;

  public Traffic {
    outbounds = List.copyOf(outbounds);
    trustDomain.ifPresent(Sidecar::requireTrustDomain);
    if (inbound.isEmpty() && outbounds.isEmpty()) {
      throw new IllegalArgumentException(
          "a sidecar without --inbound and --outbound has nothing to do; give one of them");
    }
    requireEachPortOnce(ports(inbound, outbounds, ready));
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
