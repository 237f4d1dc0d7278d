package dev.meshseal.server.sds;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/**
 * Sits before gRPC's acceptor and closes what is too much, before it has cost a TLS handshake. gRPC
 * itself has no limit on connections, neither in all nor of an address.
 */
final class ConnectionGate extends ChannelInboundHandlerAdapter {
  private final SdsLimits.Connections limits;
  private final ConnectionCheck check;
  private final AtomicInteger open = new AtomicInteger();
  private final Map<InetAddress, Integer> byAddress = new ConcurrentHashMap<>();
  private final LongAdder refused = new LongAdder();

  ConnectionGate(SdsLimits.Connections limits, ConnectionCheck check) {
    this.limits = limits;
    this.check = check;
  }

  /** What a listener asks of a connection besides its limits. */
  @FunctionalInterface
  interface ConnectionCheck {
    boolean permits(Channel connection);
  }

  int open() {
    return open.get();
  }

  long refused() {
    return refused.sum();
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (message instanceof Channel connection && !admits(connection)) {
      refused.increment();
      connection.unsafe().closeForcibly();
      return;
    }
    context.fireChannelRead(message);
  }

  private boolean admits(Channel connection) {
    if (!check.permits(connection)) {
      return false;
    }
    var address = address(connection);
    var inAll = open.incrementAndGet();
    var ofAddress = address.map(one -> byAddress.merge(one, 1, Integer::sum)).orElse(0);
    if (inAll > limits.total() || ofAddress > limits.perAddress()) {
      leave(address);
      return false;
    }
    connection.closeFuture().addListener(closed -> leave(address));
    return true;
  }

  private void leave(Optional<InetAddress> address) {
    open.decrementAndGet();
    address.ifPresent(
        one -> byAddress.computeIfPresent(one, (key, count) -> count > 1 ? count - 1 : null));
  }

  private static Optional<InetAddress> address(Channel connection) {
    return connection.remoteAddress() instanceof InetSocketAddress remote
        ? Optional.ofNullable(remote.getAddress())
        : Optional.empty();
  }
}
