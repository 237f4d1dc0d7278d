package dev.meshseal.benchmarks.fleet;

import io.netty.handler.ssl.SslContext;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.function.IntFunction;

/**
 * What a fleet is to do.
 *
 * @param pid of the server, to read its time and memory
 */
public record FleetPlan(
    Target target, Crew crew, Pace pace, Behaviour behaviour, OptionalLong pid) {

  /**
   * Where the server is.
   *
   * @param serverName what its certificate must be for, and the authority of the calls
   */
  public record Target(String host, int port, String serverName, Optional<SslContext> tls) {}

  /**
   * Who connects.
   *
   * @param connections stream {@code i} travels on connection {@code i % connections}
   * @param nodeTemplate with {@code {i}} for the number of the stream
   * @param tokens the {@code authorization} of a stream, by its number
   */
  public record Crew(
      int streams,
      int connections,
      Variant variant,
      List<String> names,
      String nodeTemplate,
      IntFunction<Optional<String>> tokens) {
    public Crew {
      names = List.copyOf(names);
      if (streams < 1 || connections < 1 || connections > streams) {
        throw new IllegalArgumentException(
            "needs at least one stream a connection, got %d streams on %d connections"
                .formatted(streams, connections));
      }
      if (names.isEmpty()) {
        throw new IllegalArgumentException("needs at least one secret name");
      }
    }

    Sidecar sidecar(int index) {
      return new Sidecar(
          index, nodeTemplate.replace("{i}", Integer.toString(index)), names, tokens.apply(index));
    }
  }

  /**
   * How they start.
   *
   * @param inFlight streams that wait for their first secret at a time
   * @param perSecond streams opened a second; empty is as fast as they are served
   * @param patience after which those not served are given up
   */
  public record Pace(int inFlight, OptionalDouble perSecond, Duration patience) {
    public Pace {
      if (inFlight < 1) {
        throw new IllegalArgumentException("needs at least one stream in flight, got " + inFlight);
      }
    }
  }

  /**
   * What they do with what they get: accept or refuse it, and come back when they lose it.
   *
   * @param repeatsNode says its node in every request, not only in the first of a stream
   */
  public record Behaviour(boolean refusesEverything, boolean reconnects, boolean repeatsNode) {
    public static final Behaviour OBEDIENT = new Behaviour(false, false, false);
    public static final Behaviour REPEATS_NODE = new Behaviour(false, false, true);
    public static final Behaviour REFUSES_EVERYTHING = new Behaviour(true, false, false);
  }
}
