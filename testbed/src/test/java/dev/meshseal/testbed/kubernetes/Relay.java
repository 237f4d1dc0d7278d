package dev.meshseal.testbed.kubernetes;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Stands between a client and an API server, and can be cut, or fall silent, as a network can. */
final class Relay implements AutoCloseable {
  private enum Line {
    OPEN,
    CUT,
    SILENT
  }

  private final URI server;
  private final ServerSocket listener;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private volatile Line line = Line.OPEN;

  private Relay(URI server, ServerSocket listener) {
    this.server = server;
    this.listener = listener;
  }

  static Relay to(URI server) {
    try {
      var relay = new Relay(server, new ServerSocket(0, 50, InetAddress.getLoopbackAddress()));
      Thread.ofVirtual().name("relay").start(relay::accept);
      return relay;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  URI address() {
    return URI.create("https://127.0.0.1:" + listener.getLocalPort());
  }

  /** Breaks every connection, and refuses new ones. */
  void cut() {
    line = Line.CUT;
    closeAll();
  }

  /** Keeps every connection, and lets nothing through that comes from now on. */
  void silence() {
    line = Line.SILENT;
  }

  /** New connections get through again; those that were silent stay so. */
  void restore() {
    line = Line.OPEN;
  }

  private void accept() {
    try {
      while (true) {
        var client = listener.accept();
        if (line == Line.CUT) {
          client.close();
        } else {
          sockets.add(client);
          Thread.ofVirtual().start(() -> connect(client));
        }
      }
    } catch (IOException closed) {
      closeAll();
    }
  }

  private void connect(Socket client) {
    try {
      var upstream = new Socket();
      sockets.add(upstream);
      upstream.connect(new InetSocketAddress(server.getHost(), server.getPort()));
      Thread.ofVirtual().start(() -> copy(client, upstream));
      copy(upstream, client);
    } catch (IOException refused) {
      close(client);
    }
  }

  private void copy(Socket from, Socket to) {
    try (from;
        to) {
      pass(from.getInputStream(), to.getOutputStream());
    } catch (IOException broken) {
      sockets.remove(from);
    }
  }

  private void pass(InputStream in, OutputStream out) throws IOException {
    var buffer = new byte[16 << 10];
    var silent = false;
    for (var read = in.read(buffer); read >= 0; read = in.read(buffer)) {
      silent |= line == Line.SILENT;
      if (!silent) {
        out.write(buffer, 0, read);
      }
    }
  }

  private void closeAll() {
    sockets.forEach(Relay::close);
    sockets.clear();
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
      closeAll();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
