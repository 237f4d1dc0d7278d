package dev.meshseal.benchmarks.peers;

import io.envoyproxy.controlplane.cache.NodeGroup;
import io.envoyproxy.controlplane.cache.v3.SimpleCache;
import io.envoyproxy.controlplane.cache.v3.Snapshot;
import io.envoyproxy.controlplane.server.V3DiscoveryServer;
import io.envoyproxy.envoy.config.core.v3.DataSource;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.CertificateValidationContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.Secret;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.TlsCertificate;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyServerBuilder;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.OpenSslSessionContext;
import io.netty.handler.ssl.SslProvider;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A secret server on java-control-plane's {@code server} and {@code cache}: a snapshot for each
 * node, the same certificate in all of them, nothing issued and nobody asked who they are. Prints
 * the port it listens on; every line {@code push} on standard input gives all nodes a new version,
 * and the end of the input ends the process.
 *
 * <p>Arguments: number of nodes, {@code ca.crt}, {@code tls.crt}, {@code tls.key}, and {@code
 * PROVED} where clients must have a certificate of that authority.
 */
public final class JcpServer {
  private static final String IDENTITY = "identity_cert:secret:default";
  private static final String TRUST = "mesh_ca:secret:default";

  private final int nodes;
  private final SimpleCache<String> cache =
      new SimpleCache<>(
          new NodeGroup<>() {
            @Override
            public String hash(Node node) {
              return node.getId();
            }
          });
  private final String chain;
  private final String key;
  private final String roots;
  private int version;

  private JcpServer(int nodes, Path ca, Path certificate, Path privateKey) throws IOException {
    this.nodes = nodes;
    this.roots = Files.readString(ca);
    this.chain = Files.readString(certificate);
    this.key = Files.readString(privateKey);
  }

  public static void main(String[] arguments) throws Exception {
    var files = List.of(arguments).subList(1, 4).stream().map(Path::of).toList();
    var own =
        new JcpServer(Integer.parseInt(arguments[0]), files.get(0), files.get(1), files.get(2));
    own.push();
    var tls = GrpcSslContexts.forServer(files.get(1).toFile(), files.get(2).toFile(), null);
    if (arguments.length > 4 && arguments[4].equals("PROVED")) {
      tls.trustManager(files.get(0).toFile()).clientAuth(ClientAuth.REQUIRE);
    }
    var context = GrpcSslContexts.configure(tls, SslProvider.OPENSSL).build();
    if (context.sessionContext() instanceof OpenSslSessionContext sessions) {
      sessions.setSessionCacheEnabled(false);
    }
    var server =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .sslContext(context)
            .addService(new V3DiscoveryServer(own.cache).getSecretDiscoveryServiceImpl())
            .build()
            .start();
    System.out.println("listening " + server.getPort());
    own.pushWhenTold();
    server.shutdownNow();
    System.exit(0);
  }

  private void pushWhenTold() throws IOException {
    var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (var line = in.readLine(); line != null; line = in.readLine()) {
      push();
      System.out.println("pushed " + version);
    }
  }

  private void push() {
    version++;
    // A new secret each time, as a rotation makes; the text after the certificate is ignored by
    // TLS.
    var secrets = List.of(identity(), trust());
    for (int node = 0; node < nodes; node++) {
      cache.setSnapshot(
          "default.dp-" + node,
          Snapshot.create(
              List.of(), List.of(), List.of(), List.of(), secrets, Integer.toString(version)));
    }
  }

  private Secret identity() {
    return Secret.newBuilder()
        .setName(IDENTITY)
        .setTlsCertificate(
            TlsCertificate.newBuilder()
                .setCertificateChain(inline("# " + version + "\n" + chain))
                .setPrivateKey(inline(key)))
        .build();
  }

  private Secret trust() {
    return Secret.newBuilder()
        .setName(TRUST)
        .setValidationContext(
            CertificateValidationContext.newBuilder()
                .setTrustedCa(inline("# " + version + "\n" + roots)))
        .build();
  }

  private static DataSource inline(String text) {
    return DataSource.newBuilder().setInlineString(text).build();
  }
}
