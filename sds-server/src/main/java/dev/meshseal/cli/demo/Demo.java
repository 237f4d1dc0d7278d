package dev.meshseal.cli.demo;

import dev.meshseal.identity.DataplaneId;
import dev.meshseal.identity.Tags;
import dev.meshseal.issuance.Rotation;
import dev.meshseal.mesh.Backend;
import dev.meshseal.server.Listen;
import dev.meshseal.server.SdsServer;
import dev.meshseal.server.ServerConfig;
import dev.meshseal.server.auth.DataplaneTokenIssuer;
import dev.meshseal.server.auth.DataplaneTokenRequest;
import dev.meshseal.server.bootstrap.Delivery;
import dev.meshseal.server.bootstrap.EnvoyBootstrap;
import dev.meshseal.server.bootstrap.HostPort;
import dev.meshseal.server.bootstrap.Inbound;
import dev.meshseal.server.bootstrap.Outbound;
import dev.meshseal.server.bootstrap.Sds;
import dev.meshseal.server.bootstrap.SdsEndpoint;
import dev.meshseal.server.bootstrap.SecretNames;
import dev.meshseal.server.bootstrap.Sidecar;
import dev.meshseal.server.files.DataDirectory;
import dev.meshseal.server.files.FileSigningKeys;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * A server, two Envoys with an application each, and requests from {@code web} to {@code backend}
 * through mutual TLS; all on free ports of loopback, all files in one temporary folder. Closing it
 * ends every process and deletes the folder.
 */
public final class Demo implements AutoCloseable {
  private static final String MESH = "default";
  private static final Duration DEADLINE = Duration.ofSeconds(60);
  private static final Duration BETWEEN_REQUESTS = Duration.ofMillis(50);

  private final Deque<AutoCloseable> opened = new ArrayDeque<>();
  private final InstantSource clock = InstantSource.system();
  private final Path envoy;
  private final Path folder;
  private final List<DemoSidecar> sidecars;
  private final RequestLoop requests;

  /**
   * Starts everything; returns when requests are under way.
   *
   * @param envoy the executable
   * @param lifetime of the certificates
   * @param progress is told what has been started
   * @throws IOException if a file or a port cannot be had
   */
  public static Demo start(Path envoy, Duration lifetime, Consumer<String> progress)
      throws IOException {
    return new Demo(envoy, lifetime, progress);
  }

  @SuppressWarnings("this-escape") // final, and nobody sees it before it is whole
  private Demo(Path envoy, Duration lifetime, Consumer<String> progress) throws IOException {
    this.envoy = envoy;
    this.folder = Files.createTempDirectory("meshseal-demo-");
    opened.push(() -> Folders.delete(folder));
    try {
      var server = server(lifetime);
      progress.accept(
          "server: SDS on %s, admin on http:/%s, one mesh with a builtin CA"
              .formatted(server.addresses().getFirst(), server.adminAddress()));

      var backend = sidecar("backend", server, List.of());
      var inbound = address(backend, "inbound");
      progress.accept(
          "backend: an application behind an Envoy that takes mutual TLS on " + inbound);

      var toBackend = new Outbound(0, "backend", HostPort.parse(inbound));
      var web = sidecar("web", server, List.of(toBackend));
      var outbound = web.envoy().admin().listeners().get("outbound_0_backend");
      if (outbound == null) {
        throw new IllegalStateException("the Envoy of web has no listener for backend");
      }
      progress.accept("web: an application whose Envoy leads to backend, on " + text(outbound));

      sidecars = List.of(web, backend);
      requests = closing(RequestLoop.start(outbound, BETWEEN_REQUESTS));
    } catch (IOException | RuntimeException | Error failure) {
      close();
      throw failure;
    }
  }

  private SdsServer server(Duration lifetime) throws IOException {
    var resources = Files.createDirectories(folder.resolve("resources"));
    Files.writeString(
        resources.resolve("demo.yaml"),
        """
        type: Mesh
        name: default
        mtls:
          enabledBackend: ca-1
          backends:
          - name: ca-1
            type: builtin
            dpCert:
              rotation:
                expiration: %ds
        """
            .formatted(lifetime.toSeconds()));
    return closing(
        SdsServer.start(
            new ServerConfig(
                new ServerConfig.Source.Folders(List.of(resources)),
                data(),
                List.of(Listen.parse("127.0.0.1:0")),
                ServerConfig.Admin.at(HostPort.parse("127.0.0.1:0")),
                List.of(),
                false,
                new ServerConfig.ServerTls.Generated(List.of()),
                Optional.empty(),
                List.of(),
                Rotation.AT_TWO_THIRDS,
                100,
                Duration.ZERO)));
  }

  private Path data() {
    return folder.resolve("data");
  }

  private DemoSidecar sidecar(String service, SdsServer server, List<Outbound> outbounds)
      throws IOException {
    var app = closing(EchoApp.start(service));
    var bootstrap =
        new EnvoyBootstrap(
            new Sidecar(new DataplaneId(MESH, service + "-1"), service, MESH),
            new Sds(
                new SdsEndpoint.Tls(
                    HostPort.parse(server.addresses().getFirst()),
                    Files.readString(data().resolve("server").resolve("ca.crt"))),
                Optional.of(token(service)),
                Delivery.SOTW,
                SecretNames.kuma(MESH)),
            Optional.of(Inbound.parse("127.0.0.1:0:" + app.port(), Backend.Mode.STRICT)),
            outbounds,
            HostPort.parse("127.0.0.1:0"));
    var process =
        closing(EnvoyProcess.start(envoy, bootstrap.yaml(), folder.resolve(service), DEADLINE));
    return new DemoSidecar(service, process.awaitLive(DEADLINE), clock);
  }

  /** What {@code meshseal token generate} writes. */
  private String token(String service) {
    var keys = new FileSigningKeys(DataDirectory.openExisting(data()), clock);
    return new DataplaneTokenIssuer(keys.current(), clock)
        .issue(
            new DataplaneTokenRequest(
                MESH,
                Optional.of(service + "-1"),
                Tags.service(service),
                Optional.empty(),
                Duration.ofDays(1)));
  }

  private static String address(DemoSidecar sidecar, String listener) {
    var address = sidecar.envoy().admin().listeners().get(listener);
    if (address == null) {
      throw new IllegalStateException("envoy has no listener '%s'".formatted(listener));
    }
    return text(address);
  }

  private static String text(InetSocketAddress address) {
    return address.getAddress().getHostAddress() + ":" + address.getPort();
  }

  /**
   * Asks both Envoys.
   *
   * @throws IllegalStateException if one of them has ended
   */
  public DemoView look() {
    return new DemoView(sidecars.stream().map(DemoSidecar::look).toList(), requests.count());
  }

  private <T extends AutoCloseable> T closing(T one) {
    opened.push(one);
    return one;
  }

  @Override
  public void close() {
    while (!opened.isEmpty()) {
      try {
        opened.pop().close();
      } catch (Exception e) {
        // The others must be closed too, and the person who ended the demonstration told.
        System.err.println("meshseal: " + e.getMessage());
      }
    }
  }
}
