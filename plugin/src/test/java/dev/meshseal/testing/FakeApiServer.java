package dev.meshseal.testing;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Answers as an API server that cannot be made to do so would: late, never, in halves, with errors.
 * It knows no objects; each answer is written by the test. Thread-safe.
 */
public final class FakeApiServer implements AutoCloseable {
  /** What is done with one call. */
  @FunctionalInterface
  public interface Answer {
    void to(HttpExchange call) throws IOException, InterruptedException;
  }

  private final HttpServer server;
  private final Map<String, Answer> answers = new ConcurrentHashMap<>();
  private final List<String> calls = new CopyOnWriteArrayList<>();
  private final List<String> bodies = new CopyOnWriteArrayList<>();
  private final CountDownLatch closed = new CountDownLatch(1);

  private FakeApiServer(HttpServer server) {
    this.server = server;
  }

  public static FakeApiServer start() {
    try {
      var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
      var fake = new FakeApiServer(server);
      server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
      server.createContext("/", fake::handle);
      server.start();
      return fake;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** How to reach it. */
  public Path kubeconfig(Path folder) {
    var text =
        """
        {"apiVersion": "v1", "kind": "Config", "current-context": "fake",
         "clusters": [{"name": "fake", "cluster": {"server": "http://127.0.0.1:%d"}}],
         "users": [{"name": "fake", "user": {"token": "t"}}],
         "contexts": [{"name": "fake",
            "context": {"cluster": "fake", "user": "fake", "namespace": "meshseal-system"}}]}
        """
            .formatted(server.getAddress().getPort());
    try {
      return Files.writeString(folder.resolve("kubeconfig"), text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * @param start how the calls begin, as in {@code GET /api/v1/secrets?watch}; the longest that
   *     fits answers, until it is replaced
   */
  public void on(String start, Answer answer) {
    answers.put(start, answer);
  }

  /** Method, path and query of each call, in order. */
  public List<String> calls() {
    return List.copyOf(calls);
  }

  public long calls(String start) {
    return calls.stream().filter(call -> call.startsWith(start)).count();
  }

  /** What was sent with the calls that bring something. */
  public List<String> bodies() {
    return List.copyOf(bodies);
  }

  private void handle(HttpExchange call) throws IOException {
    var name = call.getRequestMethod() + " " + call.getRequestURI();
    var body = new String(call.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    if (!body.isEmpty()) {
      bodies.add(body);
    }
    calls.add(name);
    var answer =
        answers.entrySet().stream()
            .filter(entry -> name.startsWith(entry.getKey()))
            .max((one, other) -> Integer.compare(one.getKey().length(), other.getKey().length()))
            .map(Map.Entry::getValue)
            .orElse(status(404, "NotFound", "nothing here"));
    try (call) {
      answer.to(call);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }

  public static Answer json(String json) {
    return with(200, json);
  }

  public static Answer with(int code, String text) {
    return call -> {
      var bytes = text.getBytes(StandardCharsets.UTF_8);
      call.getResponseHeaders().set("Content-Type", "application/json");
      call.sendResponseHeaders(code, bytes.length);
      call.getResponseBody().write(bytes);
    };
  }

  /** A refusal, as the API server words it. */
  public static Answer status(int code, String reason, String message) {
    return with(
        code,
        """
        {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "%s",
         "message": "%s", "code": %d}
        """
            .formatted(reason, message.replace("\"", "\\\""), code));
  }

  /** A refusal that asks to be left alone for a while. */
  public static Answer throttled(int seconds) {
    return call -> {
      call.getResponseHeaders().set("Retry-After", String.valueOf(seconds));
      status(429, "TooManyRequests", "too many requests").to(call);
    };
  }

  /** One after the other; the last one from then on. */
  public static Answer inTurn(Answer... answers) {
    var next = new AtomicInteger();
    return call -> answers[Math.min(next.getAndIncrement(), answers.length - 1)].to(call);
  }

  /** No answer, and the connection is gone. */
  public static Answer hangUp() {
    return call -> {};
  }

  /** The lines of a watch, which then stays open and silent. */
  public Answer openWatch(String... lines) {
    return call -> {
      write(call, lines);
      closed.await();
    };
  }

  /** The lines of a watch, which then ends. */
  public static Answer watch(String... lines) {
    return call -> write(call, lines);
  }

  /** Nothing, for ever. */
  public Answer silence() {
    return call -> closed.await();
  }

  /** Half of an answer, then the connection is gone. */
  public static Answer half(String text) {
    return call -> {
      call.sendResponseHeaders(200, text.length() * 2L);
      call.getResponseBody().write(text.getBytes(StandardCharsets.UTF_8));
      call.getResponseBody().flush();
    };
  }

  private static void write(HttpExchange call, String... lines) throws IOException {
    call.getResponseHeaders().set("Content-Type", "application/json");
    call.sendResponseHeaders(200, 0);
    call.getResponseBody().flush();
    for (var line : lines) {
      call.getResponseBody().write((line + "\n").getBytes(StandardCharsets.UTF_8));
      call.getResponseBody().flush();
    }
  }

  @Override
  public void close() {
    closed.countDown();
    server.stop(0);
  }
}
