package dev.meshseal.server.sds;

import dev.meshseal.server.auth.SocketFile;
import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import io.netty.channel.ChannelOption;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.handler.ssl.SslContext;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One address at which Envoys find us, open from construction to {@link #stop}. Thread-safe. */
public final class SdsListener {
  private static final Logger LOG = LoggerFactory.getLogger(SdsListener.class);

  // A restart of ours brings everybody back at once; what the kernel does not queue, it drops.
  private static final int BACKLOG = 4_096;

  private final Server server;
  private final ConnectionGate gate;
  private final Address address;

  private SdsListener(Server server, ConnectionGate gate, Address address) {
    this.server = server;
    this.gate = gate;
    this.address = address;
  }

  /** Where to listen, and how. */
  public sealed interface Address {
    /**
     * @param tls empty for plaintext, which is for loopback only
     */
    record Tcp(InetSocketAddress socket, Optional<SslContext> tls) implements Address {
      @Override
      public String toString() {
        return socket.getHostString() + ":" + socket.getPort();
      }
    }

    /**
     * @param uid of the only user whose processes may connect; empty for whoever may open the file.
     *     Needs epoll
     */
    record Unix(Path path, OptionalInt uid) implements Address {
      @Override
      public String toString() {
        return "unix:" + path;
      }
    }
  }

  /**
   * Opens an address and serves. Port 0 takes a free one.
   *
   * @throws IOException if the address cannot be had; says which and why
   */
  public static SdsListener start(
      Address address,
      SecretDiscoveryService service,
      SdsLimits.Connections limits,
      EventLoops loops)
      throws IOException {
    var gate = new ConnectionGate(limits, check(address, loops));
    var builder = builder(address, loops);
    builder
        .channelFactory(() -> gated(channel(address, loops), gate))
        .bossEventLoopGroup(loops.acceptor())
        .workerEventLoopGroup(loops.workers())
        .withOption(ChannelOption.SO_BACKLOG, BACKLOG);
    limit(builder, limits);
    service.services(loops::current).forEach(builder::addService);
    try {
      var server = builder.directExecutor().build().start();
      if (address instanceof Address.Unix unix) {
        SocketFile.restrict(unix.path());
      }
      return new SdsListener(server, gate, address);
    } catch (IOException taken) {
      throw new IOException(
          "cannot listen on %s: %s; is another server running there?"
              .formatted(address, reason(taken)),
          taken);
    }
  }

  private static NettyServerBuilder builder(Address address, EventLoops loops) throws IOException {
    return switch (address) {
      case Address.Tcp tcp -> {
        var builder = NettyServerBuilder.forAddress(tcp.socket());
        tcp.tls().ifPresent(builder::sslContext);
        yield builder;
      }
      case Address.Unix unix -> {
        SocketFile.requireSafe(unix.path());
        removeStale(unix.path());
        SocketAddress socket =
            loops.isEpoll()
                ? new DomainSocketAddress(unix.path().toFile())
                : UnixDomainSocketAddress.of(unix.path());
        yield NettyServerBuilder.forAddress(socket);
      }
    };
  }

  private static ServerChannel channel(Address address, EventLoops loops) {
    return switch (address) {
      case Address.Tcp tcp -> loops.tcp().newChannel();
      case Address.Unix unix -> loops.unix().newChannel();
    };
  }

  private static ServerChannel gated(ServerChannel channel, ConnectionGate gate) {
    channel.pipeline().addFirst(gate);
    return channel;
  }

  private static ConnectionGate.ConnectionCheck check(Address address, EventLoops loops) {
    if (address instanceof Address.Unix unix && unix.uid().isPresent()) {
      if (!loops.isEpoll()) {
        throw new IllegalArgumentException(
            "%s is bound to uid %d, which needs epoll to check, and that does not load here"
                .formatted(unix, unix.uid().getAsInt()));
      }
      return connection -> isOf(connection, unix.uid().getAsInt());
    }
    return connection -> true;
  }

  private static boolean isOf(io.netty.channel.Channel connection, int uid) {
    try {
      return connection instanceof EpollDomainSocketChannel peer
          && peer.peerCredentials().uid() == uid;
    } catch (IOException gone) {
      LOG.debug("a connection was gone before its user was known", gone);
      return false;
    }
  }

  private static void limit(NettyServerBuilder builder, SdsLimits.Connections limits) {
    builder
        .maxInboundMessageSize(limits.messageBytes())
        .maxInboundMetadataSize(limits.metadataBytes())
        .maxConcurrentCallsPerConnection(limits.calls())
        .flowControlWindow(limits.window())
        .handshakeTimeout(limits.handshake().toMillis(), TimeUnit.MILLISECONDS)
        .maxConnectionAge(limits.maxAge().toMillis(), TimeUnit.MILLISECONDS)
        .maxConnectionAgeGrace(limits.maxAgeGrace().toMillis(), TimeUnit.MILLISECONDS)
        .keepAliveTime(limits.keepAlive().toMillis(), TimeUnit.MILLISECONDS)
        .keepAliveTimeout(limits.keepAliveTimeout().toMillis(), TimeUnit.MILLISECONDS)
        .permitKeepAliveTime(limits.minKeepAlive().toMillis(), TimeUnit.MILLISECONDS)
        .permitKeepAliveWithoutCalls(true)
        .maxRstFramesPerWindow(limits.resets(), 30);
  }

  // A server that was killed leaves its socket file. Netty would take over any, also that of a
  // server that lives, so we ask first.
  private static void removeStale(Path path) throws IOException {
    if (!Files.exists(path)) {
      return;
    }
    if (!Files.readAttributes(path, BasicFileAttributes.class).isOther()) {
      throw new IOException(
          "cannot listen on unix:%s: a file that is no socket is there; move it away"
              .formatted(path));
    }
    if (isAnswered(path)) {
      throw new IOException(
          "cannot listen on unix:%s: another server is running there; stop it, or take another path"
              .formatted(path));
    }
    Files.delete(path);
  }

  private static boolean isAnswered(Path path) {
    try (var probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      return probe.connect(UnixDomainSocketAddress.of(path));
    } catch (IOException nobodyThere) {
      return false;
    }
  }

  private static String reason(Throwable failure) {
    var cause = failure;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return String.valueOf(cause.getMessage());
  }

  /** The TCP port in use, where there is one. */
  public OptionalInt port() {
    var port = server.getPort();
    return port > 0 ? OptionalInt.of(port) : OptionalInt.empty();
  }

  /** Where sidecars find it, with the port that was really taken. */
  @Override
  public String toString() {
    return switch (address) {
      case Address.Tcp tcp -> tcp.socket().getHostString() + ":" + server.getPort();
      case Address.Unix unix -> unix.toString();
    };
  }

  /** How many connections are open now. */
  public int connections() {
    return gate.open();
  }

  /** How many connections were refused for a limit or their user since the start. */
  public long refusedConnections() {
    return gate.refused();
  }

  /** Takes no new connections; those that are there live on until their streams have ended. */
  public void stopAccepting() {
    server.shutdown();
  }

  /** Stops; what is still open after the grace is cut off. Waits that long at most. */
  public void stop(Duration grace) throws InterruptedException {
    server.shutdown();
    if (!server.awaitTermination(grace.toMillis(), TimeUnit.MILLISECONDS)) {
      server.shutdownNow().awaitTermination(2, TimeUnit.SECONDS);
    }
    if (address instanceof Address.Unix unix) {
      deleteQuietly(unix.path());
    }
  }

  private static void deleteQuietly(Path path) {
    try {
      Files.deleteIfExists(path);
    } catch (IOException stays) {
      LOG.warn("could not remove a socket: path={} detail={}", path, stays.getMessage());
    }
  }
}
