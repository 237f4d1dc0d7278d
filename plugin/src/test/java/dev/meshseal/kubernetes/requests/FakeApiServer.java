package dev.meshseal.kubernetes.requests;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.meshseal.kubernetes.Cluster;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Answers calls with what it is told to, and then with success: for what a real one seldom does.
 */
final class FakeApiServer implements AutoCloseable {
  /** An answer; status 0 for none at all. */
  record Answer(int status, String reason, int retryAfterSeconds) {
    static Answer of(int status, String reason) {
      return new Answer(status, reason, 0);
    }

    static final Answer NONE = new Answer(0, "", 0);

    String json() {
      var details =
          retryAfterSeconds > 0
              ? ", \"details\": {\"retryAfterSeconds\": %d}".formatted(retryAfterSeconds)
              : "";
      return """
      {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": %d,
       "reason": "%s", "message": "%s, as it was told"%s}
      """
          .formatted(status, reason, reason, details);
    }
  }

  private final HttpServer server;
  private final Queue<Answer> answers = new ArrayDeque<>();
  private final Queue<String> calls = new ConcurrentLinkedQueue<>();
  private final Cluster cluster;

  FakeApiServer(Path folder, Answer... first) {
    answers.addAll(List.of(first));
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
      server.createContext("/", this::answer);
      server.start();
      cluster = Cluster.open(Optional.of(kubeconfig(folder)), Optional.of("mesh-ns"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Path kubeconfig(Path folder) throws IOException {
    return Files.writeString(
        folder.resolve("kubeconfig"),
        """
        apiVersion: v1
        kind: Config
        current-context: c
        clusters: [{name: c, cluster: {server: "http://127.0.0.1:%d"}}]
        users: [{name: u, user: {token: t}}]
        contexts: [{name: c, context: {cluster: c, user: u}}]
        """
            .formatted(server.getAddress().getPort()));
  }

  Cluster cluster() {
    return cluster;
  }

  /** Method and path of every call. */
  List<String> calls() {
    return List.copyOf(calls);
  }

  private synchronized void answer(HttpExchange call) throws IOException {
    var body = call.getRequestBody().readAllBytes();
    calls.add(call.getRequestMethod() + " " + call.getRequestURI().getPath());
    var answer = Optional.ofNullable(answers.poll());
    if (answer.equals(Optional.of(Answer.NONE))) {
      call.close();
      return;
    }
    var json =
        answer
            .map(failure -> failure.json().getBytes(StandardCharsets.UTF_8))
            .orElse(
                body.length > 2
                    ? body
                    : "{\"kind\": \"Status\", \"status\": \"Success\"}"
                        .getBytes(StandardCharsets.UTF_8));
    call.getResponseHeaders().add("content-type", "application/json");
    call.sendResponseHeaders(answer.map(Answer::status).orElse(200), json.length);
    call.getResponseBody().write(json);
    call.close();
  }

  @Override
  public void close() {
    cluster.close();
    server.stop(0);
  }
}
