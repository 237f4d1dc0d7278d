package dev.meshseal.cli.rehearsal;

import io.envoyproxy.envoy.service.discovery.v3.AggregatedDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.secret.v3.SecretDiscoveryServiceGrpc;
import io.grpc.ManagedChannel;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.handler.ssl.SslContext;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;

/**
 * A day in the life of a server, in seconds: many sidecars connect, all certificates are renewed a
 * few times, roots come and go, an operator looks. What the server's JVM learns from it is kept for
 * the next start. Blocks, and ends in its time with what it has; leaves no connection open.
 */
public final class Rehearsal {
  public static final String MESH = "rehearsal";

  // More at a time would wait for each other on a machine of few cores.
  private static final int IN_FLIGHT = 200;
  private static final int ROUNDS = 6;
  private static final Duration ROUND = Duration.ofSeconds(3);
  // What is left of the time is for the rounds.
  private static final double FOR_OPENING = 0.7;

  /**
   * The server.
   *
   * @param ca PEM of what its certificate is verified by
   * @param resources the folder in which it looks for Meshes
   * @param token makes a data plane token for a name
   * @param operator what an operator does while all are connected
   */
  public record Stage(
      InetSocketAddress server,
      Path ca,
      Path resources,
      UnaryOperator<String> token,
      Operator operator) {}

  /** What is asked of the admin address. Each call may fail, which is of no matter. */
  public interface Operator {
    /** Has every certificate issued anew. */
    void renew();

    /** Looks at everything there is to see. */
    void look();
  }

  /**
   * What has happened.
   *
   * @param sidecars those that got a secret
   */
  public record Report(int sidecars, int secrets, Duration took) {}

  private final Stage stage;
  private final InstantSource clock;
  private final Instant start;
  private final Duration within;
  private final SslContext tls;
  private final Semaphore inFlight = new Semaphore(IN_FLIGHT);
  private final Tally served = new Tally();
  private final List<Sidecar<?, ?>> sidecars = new ArrayList<>();

  private Rehearsal(Stage stage, Duration within, InstantSource clock) throws IOException {
    this.stage = stage;
    this.within = within;
    this.clock = clock;
    this.start = clock.instant();
    this.tls = GrpcSslContexts.forClient().trustManager(stage.ca().toFile()).build();
  }

  /**
   * Plays so many sidecars.
   *
   * @throws IOException if the CA or the resources cannot be used
   * @throws InterruptedException if the thread is interrupted
   */
  public static Report play(Stage stage, int sidecars, Duration within, InstantSource clock)
      throws IOException, InterruptedException {
    var rehearsal = new Rehearsal(stage, within, clock);
    try {
      return rehearsal.play(sidecars);
    } finally {
      rehearsal.sidecars.forEach(Sidecar::close);
    }
  }

  private Report play(int count) throws IOException, InterruptedException {
    write("");
    while (sidecars.size() < count
        && inFlight.tryAcquire(left(FOR_OPENING).toMillis(), TimeUnit.MILLISECONDS)) {
      sidecars.add(connect(sidecars.size()));
    }
    // Each asks for two secrets.
    int secrets = served.take(2 * sidecars.size(), left(FOR_OPENING));
    int connected = secrets / 2;
    for (int round = 0; round < ROUNDS && !left(1).isZero(); round++) {
      change(round);
      secrets += served.take(connected, shorter(ROUND, left(1)));
    }
    return new Report(connected, secrets, Duration.between(start, clock.instant()));
  }

  /** New leaves and new roots in turn, each of which brings everybody one secret. */
  private void change(int round) throws IOException {
    stage.operator().look();
    if (round % 3 == 2) {
      write(round % 2 == 0 ? "    - {name: ca-2, type: builtin}\n" : "");
    } else {
      stage.operator().renew();
    }
  }

  private Sidecar<?, ?> connect(int number) {
    var name = "sidecar-" + number;
    var nodeId = MESH + "." + name;
    var names = List.of("identity_cert:secret:" + MESH, "mesh_ca:secret:" + MESH);
    var token = stage.token().apply(name);
    var fate = new Fate();
    var world = Script.stateOfTheWorld(nodeId, names);
    var delta = Script.delta(nodeId, names);
    // Most Envoys ask over SDS for the state of the world.
    return switch (number % 8) {
      case 1 ->
          Sidecar.start(
              channel(), SecretDiscoveryServiceGrpc.getDeltaSecretsMethod(), token, delta, fate);
      case 3 ->
          Sidecar.start(
              channel(),
              AggregatedDiscoveryServiceGrpc.getStreamAggregatedResourcesMethod(),
              token,
              world,
              fate);
      case 5 ->
          Sidecar.start(
              channel(),
              AggregatedDiscoveryServiceGrpc.getDeltaAggregatedResourcesMethod(),
              token,
              delta,
              fate);
      default ->
          Sidecar.start(
              channel(), SecretDiscoveryServiceGrpc.getStreamSecretsMethod(), token, world, fate);
    };
  }

  private ManagedChannel channel() {
    return NettyChannelBuilder.forAddress(stage.server()).sslContext(tls).directExecutor().build();
  }

  private final class Fate implements Sidecar.Fate {
    @Override
    public void settled() {
      inFlight.release();
    }

    @Override
    public void served() {
      served.add();
    }
  }

  private void write(String more) throws IOException {
    var fresh = Files.createTempFile(stage.resources(), "", ".tmp");
    Files.writeString(
        fresh,
        """
        type: Mesh
        name: %s
        mtls:
          enabledBackend: ca-1
          backends:
            - {name: ca-1, type: builtin}
        %s"""
            .formatted(MESH, more));
    Files.move(fresh, stage.resources().resolve(MESH + ".yaml"), StandardCopyOption.ATOMIC_MOVE);
  }

  /** What is left of a part of the time. */
  private Duration left(double part) {
    var end = start.plusMillis((long) (within.toMillis() * part));
    var left = Duration.between(clock.instant(), end);
    return left.isNegative() ? Duration.ZERO : left;
  }

  private static Duration shorter(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }
}
