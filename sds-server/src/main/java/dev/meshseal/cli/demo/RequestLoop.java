package dev.meshseal.cli.demo;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;

/**
 * Requests through an outbound listener, one after the other, each on a new connection and so with
 * a new handshake between the sidecars.
 */
public final class RequestLoop implements AutoCloseable {
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  /**
   * How it went so far.
   *
   * @param firstFailure the words of the first request that failed
   */
  public record Count(long ok, long failed, Optional<String> firstFailure) {
    Count succeeded() {
      return new Count(ok + 1, failed, firstFailure);
    }

    Count failed(String why) {
      return new Count(ok, failed + 1, firstFailure.or(() -> Optional.of(why)));
    }
  }

  private final InetSocketAddress address;
  private final Duration pause;
  private final Thread thread;

  /** Written by the loop's thread alone. */
  private volatile Count count = new Count(0, 0, Optional.empty());

  private RequestLoop(InetSocketAddress address, Duration pause) {
    this.address = address;
    this.pause = pause;
    this.thread = Thread.ofVirtual().name("requests").unstarted(this::run);
  }

  /** Begins at once, with a pause after each request. */
  public static RequestLoop start(InetSocketAddress address, Duration pause) {
    var loop = new RequestLoop(address, pause);
    loop.thread.start();
    return loop;
  }

  public Count count() {
    return count;
  }

  private void run() {
    try {
      while (!Thread.currentThread().isInterrupted()) {
        request();
        Thread.sleep(pause);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void request() {
    try {
      var answer = get(address);
      // A request that closing has cut off is nobody's failure.
      if (Thread.currentThread().isInterrupted()) {
        return;
      }
      count = answer.startsWith("HTTP/1.1 200 ") ? count.succeeded() : count.failed(words(answer));
    } catch (IOException e) {
      if (!Thread.currentThread().isInterrupted()) {
        count = count.failed(e.toString());
      }
    }
  }

  private static String words(String answer) {
    return answer.isEmpty()
        ? "the connection was closed without an answer"
        : "answered '%s'".formatted(answer.lines().findFirst().orElseThrow());
  }

  /** One request on one new connection: all that came back, nothing if it was closed. */
  public static String get(InetSocketAddress address) throws IOException {
    try (var socket = new Socket()) {
      socket.connect(address, Math.toIntExact(TIMEOUT.toMillis()));
      socket.setSoTimeout(Math.toIntExact(TIMEOUT.toMillis()));
      socket
          .getOutputStream()
          .write(
              "GET / HTTP/1.1\r\nHost: app\r\nConnection: close\r\n\r\n"
                  .getBytes(StandardCharsets.US_ASCII));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  /** Waits for the request under way. */
  @Override
  public void close() {
    thread.interrupt();
    try {
      thread.join(TIMEOUT);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
