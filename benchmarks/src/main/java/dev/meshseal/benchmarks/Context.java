package dev.meshseal.benchmarks;

import dev.meshseal.benchmarks.fleet.Fleet;
import dev.meshseal.benchmarks.fleet.FleetPlan;
import dev.meshseal.benchmarks.fleet.Variant;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.stream.IntStream;

/**
 * What every scenario needs to know.
 *
 * @param work folder for what the servers of the run write
 * @param scale of the fleets; 1 is the size that the goals are about
 */
record Context(Path launcher, Path tools, Path work, int rounds, double scale) {
  static final String IDENTITY = "identity_cert:secret:default";
  static final String TRUST = "mesh_ca:secret:default";
  static final Duration PATIENCE = Duration.ofMinutes(4);

  int scaled(int number) {
    return Math.max(1, (int) Math.round(number * scale));
  }

  /**
   * A goal's words with the numbers that this run really has.
   *
   * @param words with {@code %s} for each number
   */
  String sized(String words, int... numbers) {
    var texts =
        IntStream.of(numbers)
            .mapToObj(number -> String.format(Locale.ROOT, "%,d", scaled(number)))
            .toArray();
    return String.format(Locale.ROOT, words, texts) + (scale == 1 ? "" : " (scaled)");
  }

  MeshsealPeer meshseal(String... meshes) {
    return MeshsealPeer.start(launcher, folder(), meshes);
  }

  JcpPeer jcp(int nodes, JcpPeer.Clients clients) {
    return JcpPeer.start(folder(), nodes, clients);
  }

  /** A new one for a server of the run. */
  Path folder() {
    try {
      return Files.createTempDirectory(work, "server-");
    } catch (IOException failed) {
      throw new UncheckedIOException("%s cannot be written".formatted(work), failed);
    }
  }

  Fleet fleet(Peer peer, int streams, int connections, String name) {
    return fleet(peer, streams, connections, name, 200);
  }

  /** One sidecar that refuses whatever it gets. */
  Fleet refusing(Peer peer) {
    return fleet(peer, 1, 1, TRUST, 1, FleetPlan.Behaviour.REFUSES_EVERYTHING);
  }

  Fleet fleet(Peer peer, int streams, int connections, String name, int inFlight) {
    return fleet(peer, streams, connections, name, inFlight, peer.behaviour());
  }

  private static Fleet fleet(
      Peer peer,
      int streams,
      int connections,
      String name,
      int inFlight,
      FleetPlan.Behaviour behaviour) {
    var crew =
        new FleetPlan.Crew(
            streams, connections, Variant.SOTW, List.of(name), "default.dp-{i}", peer.tokens());
    return new Fleet(
        new FleetPlan(
            peer.target(),
            crew,
            new FleetPlan.Pace(inFlight, OptionalDouble.empty(), PATIENCE),
            behaviour,
            OptionalLong.of(peer.process().pid())));
  }

  static void say(String line) {
    System.err.println("benchmarks: " + line);
  }
}
