package dev.meshseal.testbed;

import dev.meshseal.cli.demo.EnvoyProcess;
import dev.meshseal.identity.DataplaneId;
import dev.meshseal.mesh.Backend;
import dev.meshseal.server.bootstrap.Delivery;
import dev.meshseal.server.bootstrap.EnvoyBootstrap;
import dev.meshseal.server.bootstrap.HostPort;
import dev.meshseal.server.bootstrap.Inbound;
import dev.meshseal.server.bootstrap.Outbound;
import dev.meshseal.server.bootstrap.Sds;
import dev.meshseal.server.bootstrap.SdsEndpoint;
import dev.meshseal.server.bootstrap.SecretNames;
import dev.meshseal.server.bootstrap.Sidecar;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Starts the Envoys of one server, each with a token of its own. */
record Sidecars(ServerProcess server, Path folder, EnvoyVersion version, Variant variant) {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** By which protocol an Envoy gets its secrets. */
  enum Variant {
    SDS_SOTW(Delivery.SOTW, false),
    SDS_DELTA(Delivery.DELTA, false),
    ADS_SOTW(Delivery.SOTW, true),
    ADS_DELTA(Delivery.DELTA, true);

    private final Delivery delivery;
    private final boolean aggregated;

    Variant(Delivery delivery, boolean aggregated) {
      this.delivery = delivery;
      this.aggregated = aggregated;
    }
  }

  /** One that takes in requests for an application. */
  EnvoyProcess inbound(DataplaneId dataplane, String service, int appPort, Backend.Mode mode) {
    return start(
        dataplane,
        service,
        Optional.of(new Inbound(HostPort.parse("127.0.0.1:0"), appPort, mode)),
        List.of());
  }

  /** One that sends requests to a service. */
  EnvoyProcess outbound(
      DataplaneId dataplane, String service, String wanted, InetSocketAddress where) {
    var address = HostPort.parse("127.0.0.1:" + where.getPort());
    return start(dataplane, service, Optional.empty(), List.of(new Outbound(0, wanted, address)));
  }

  private EnvoyProcess start(
      DataplaneId dataplane, String service, Optional<Inbound> inbound, List<Outbound> outbounds) {
    var own = folder.resolve(version + "-" + variant + "-" + dataplane.nodeId());
    var yaml =
        new EnvoyBootstrap(
                new Sidecar(dataplane, service, dataplane.mesh()),
                new Sds(
                    new SdsEndpoint.Tls(
                        HostPort.parse("127.0.0.1:" + server.sdsPort()), server.ca()),
                    Optional.of(server.token(dataplane, service)),
                    variant.delivery,
                    SecretNames.kuma(dataplane.mesh())),
                inbound,
                outbounds,
                HostPort.parse("127.0.0.1:0"))
            .yaml();
    var bootstrap = variant.aggregated ? AdsBootstrap.of(yaml, own) : yaml;
    return version.start(bootstrap, own).awaitLive(PATIENCE);
  }

  /** The one listener of an Envoy. */
  static InetSocketAddress listener(EnvoyProcess envoy) {
    return envoy.admin().listeners().values().iterator().next();
  }
}
