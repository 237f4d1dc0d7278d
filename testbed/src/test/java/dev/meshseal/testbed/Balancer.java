package dev.meshseal.testbed;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** What a Service is to the replicas behind it: each connection goes to the next that takes it. */
final class Balancer implements AutoCloseable {
  private final List<InetSocketAddress> replicas;
  private final ServerSocket listener;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final AtomicInteger next = new AtomicInteger();

  private Balancer(List<InetSocketAddress> replicas, ServerSocket listener) {
    this.replicas = replicas;
    this.listener = listener;
  }

  static Balancer to(List<InetSocketAddress> replicas) {
    try {
      var balancer =
          new Balancer(
              List.copyOf(replicas), new ServerSocket(0, 50, InetAddress.getLoopbackAddress()));
      Thread.ofVirtual().name("balancer").start(balancer::accept);
      return balancer;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  int port() {
    return listener.getLocalPort();
  }

  private void accept() {
    try {
      while (true) {
        var client = listener.accept();
        sockets.add(client);
        Thread.ofVirtual().start(() -> serve(client));
      }
    } catch (IOException closed) {
      sockets.forEach(Balancer::close);
    }
  }

  private void serve(Socket client) {
    var first = next.getAndIncrement();
    for (var i = 0; i < replicas.size(); i++) {
      var replica = new Socket();
      try {
        replica.connect(replicas.get((first + i) % replicas.size()), 2_000);
      } catch (IOException down) {
        close(replica);
        continue;
      }
      sockets.add(replica);
      Thread.ofVirtual().start(() -> copy(client, replica));
      copy(replica, client);
      return;
    }
    close(client);
  }

  private void copy(Socket from, Socket to) {
    try (from;
        to) {
      from.getInputStream().transferTo(to.getOutputStream());
    } catch (IOException broken) {
      sockets.remove(to);
    }
    sockets.remove(from);
  }

  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException gone) {
      throw new UncheckedIOException(gone);
    }
  }

  @Override
  public void close() {
    try {
      listener.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    sockets.forEach(Balancer::close);
  }
}
