package dev.meshseal.server.admin;

import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Health, readiness, metrics, the JSON that {@code get} and {@code explain} read, and a page.
 * Answers on virtual threads of its own, so that no load elsewhere starves it.
 */
public final class AdminServer implements AutoCloseable {
  /** The JDK's server has these limits off, or far too wide, unless it is told. */
  private static final Map<String, String> LIMITS =
      Map.of(
          "sun.net.httpserver.maxReqTime", "10",
          "sun.net.httpserver.maxRspTime", "60",
          "sun.net.httpserver.idleInterval", "30",
          "sun.net.httpserver.maxReqHeaders", "64",
          "sun.net.httpserver.maxReqHeaderSize", "16384",
          "sun.net.httpserver.drainAmount", "4096",
          "sun.net.httpserver.maxIdleConnections", "100",
          "jdk.httpserver.maxConnections", "256");

  static {
    // Read once, when the first server of the process is made.
    LIMITS.forEach((name, value) -> System.getProperties().putIfAbsent(name, value));
  }

  private final HttpServer http;
  private final ExecutorService threads;

  private AdminServer(HttpServer http, ExecutorService threads) {
    this.http = http;
    this.threads = threads;
  }

  /**
   * Listens and answers.
   *
   * @throws IOException if the address cannot be had; the message says which
   */
  public static AdminServer start(
      AdminConfig config, Inspection inspection, Renewals renewals, Metrics metrics)
      throws IOException {
    var threads =
        Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("admin-", 0).factory());
    try {
      var http = open(config);
      http.setExecutor(threads);
      http.createContext(
          "/", new AdminHandler(new Gate(config), new Router(inspection, renewals, metrics)));
      http.start();
      return new AdminServer(http, threads);
    } catch (IOException | RuntimeException failure) {
      threads.close();
      throw failure;
    }
  }

  private static HttpServer open(AdminConfig config) throws IOException {
    try {
      if (config.tls().isEmpty()) {
        return HttpServer.create(config.listen(), 0);
      }
      var https = HttpsServer.create(config.listen(), 0);
      https.setHttpsConfigurator(new HttpsConfigurator(config.tls().orElseThrow()));
      return https;
    } catch (BindException taken) {
      var wrapped =
          new BindException(
              "admin address %s:%d cannot be listened on: %s; stop what uses it or choose another with --admin"
                  .formatted(
                      config.listen().getHostString(),
                      config.listen().getPort(),
                      taken.getMessage()));
      wrapped.initCause(taken);
      throw wrapped;
    }
  }

  /** Where it listens, with the port that was really taken. */
  public InetSocketAddress address() {
    return http.getAddress();
  }

  @Override
  public void close() {
    http.stop(0);
    threads.shutdownNow();
  }
}
