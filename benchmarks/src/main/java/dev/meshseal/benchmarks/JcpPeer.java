package dev.meshseal.benchmarks;

import dev.meshseal.benchmarks.fleet.ClientTls;
import dev.meshseal.benchmarks.fleet.FleetPlan;
import dev.meshseal.benchmarks.peers.Fixture;
import dev.meshseal.benchmarks.peers.JcpServer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;

/** java-control-plane's server, which issues nothing and asks for no token. */
final class JcpPeer implements Peer {
  /** Who its clients are. */
  enum Clients {
    /** Whoever connects. */
    UNPROVED,
    /** Who has a certificate of the peer's authority: mutual TLS. */
    PROVED
  }

  private final Child process;
  private final Fixture fixture;
  private final Clients clients;
  private final int port;

  private JcpPeer(Child process, Fixture fixture, Clients clients) {
    this.process = process;
    this.fixture = fixture;
    this.clients = clients;
    this.port = Integer.parseInt(process.readLine().replace("listening ", ""));
  }

  static JcpPeer start(Path folder, int nodes, Clients clients) {
    var fixture = Fixture.in(folder);
    return new JcpPeer(
        Child.java(
            folder.resolve("jcp.log"),
            List.of(),
            JcpServer.class,
            List.of(
                Integer.toString(nodes),
                fixture.ca().toString(),
                fixture.certificate().toString(),
                fixture.key().toString(),
                clients.name())),
        fixture,
        clients);
  }

  @Override
  public Child process() {
    return process;
  }

  @Override
  public FleetPlan.Target target() {
    return new FleetPlan.Target(
        "127.0.0.1",
        port,
        "127.0.0.1",
        Optional.of(ClientTls.trusting(fixture.ca(), ownCertificate())));
  }

  private Optional<ClientTls.Credential> ownCertificate() {
    return switch (clients) {
      case UNPROVED -> Optional.empty();
      case PROVED -> Optional.of(new ClientTls.Credential(fixture.certificate(), fixture.key()));
    };
  }

  @Override
  public IntFunction<Optional<String>> tokens() {
    return index -> Optional.empty();
  }

  @Override
  public FleetPlan.Behaviour behaviour() {
    return FleetPlan.Behaviour.REPEATS_NODE;
  }

  @Override
  public void push() {
    process.ask("push");
  }

  @Override
  public void close() {
    process.close();
  }
}
