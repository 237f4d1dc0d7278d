package dev.meshseal.kubernetes;

import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.http.AsyncBody;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * The lines of one watch, one event each, read as they come. Ends by its own deadline where the
 * other side says nothing any more, not even that it is gone. Read by one thread.
 */
final class WatchStream implements AsyncBody.Consumer<List<ByteBuffer>>, AutoCloseable {
  /** No object of an API server is larger, with what its event adds. */
  private static final int LONGEST_LINE = 8 << 20;

  /** How much is read of what explains a refusal. */
  private static final int LONGEST_REFUSAL = 64 << 10;

  private sealed interface Part {
    record Bytes(ByteBuffer bytes) implements Part {}

    record End(Optional<Throwable> cause) implements Part {}
  }

  private final long endsAt;
  private final BlockingQueue<Part> parts = new LinkedBlockingQueue<>();
  private final ByteArrayOutputStream line = new ByteArrayOutputStream();
  private byte[] read = {};
  private int next;
  private volatile Optional<AsyncBody> body = Optional.empty();

  WatchStream(Duration longest) {
    this.endsAt = System.nanoTime() + longest.toNanos();
  }

  @SuppressWarnings("FutureReturnValueIgnored") // what it completes with is in the parts
  void begin(AsyncBody body) {
    this.body = Optional.of(body);
    body.done().handle((done, failure) -> parts.add(new Part.End(Optional.ofNullable(failure))));
    body.consume();
  }

  @Override
  public void consume(List<ByteBuffer> buffers, AsyncBody ignored) {
    var bytes = new ByteArrayOutputStream();
    for (var buffer : buffers) {
      var part = new byte[buffer.remaining()];
      buffer.get(part);
      bytes.writeBytes(part);
    }
    parts.add(new Part.Bytes(ByteBuffer.wrap(bytes.toByteArray())));
  }

  /**
   * Waits for the next line; empty when the watch has ended as it should.
   *
   * @throws KubernetesClientException if it broke off, or its time is over
   */
  Optional<byte[]> line() throws InterruptedException {
    while (true) {
      int end = newline();
      line.write(read, next, end - next);
      next = Math.min(end + 1, read.length);
      if (end < read.length) {
        var whole = line.toByteArray();
        line.reset();
        return Optional.of(whole);
      }
      if (line.size() > LONGEST_LINE) {
        throw new KubernetesClientException("an event is larger than any object can be");
      }
      if (!more(endsAt)) {
        return Optional.empty();
      }
    }
  }

  /** Where the line ends; the end of what was read where it does not. */
  private int newline() {
    int end = next;
    while (end < read.length && read[end] != '\n') {
      end++;
    }
    return end;
  }

  /** What there still is, where it is not events. */
  byte[] rest(Duration deadline) {
    var until = System.nanoTime() + deadline.toNanos();
    var rest = new ByteArrayOutputStream();
    try {
      while (rest.size() < LONGEST_REFUSAL && more(until)) {
        rest.writeBytes(read);
      }
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    } catch (KubernetesClientException brokenOff) {
      // then what was read has to do
    } finally {
      close();
    }
    return rest.toByteArray();
  }

  private boolean more(long until) throws InterruptedException {
    var part = parts.poll(until - System.nanoTime(), TimeUnit.NANOSECONDS);
    return switch (part) {
      case null ->
          throw new KubernetesClientException(
              "it has said nothing for longer than the watch was to last");
      case Part.Bytes bytes -> {
        read = bytes.bytes().array();
        next = 0;
        body.ifPresent(AsyncBody::consume);
        yield true;
      }
      case Part.End end -> {
        parts.add(end);
        if (end.cause().isPresent() && !(end.cause().get() instanceof CancellationException)) {
          throw new KubernetesClientException("the watch broke off", end.cause().get());
        }
        yield false;
      }
    };
  }

  @Override
  public void close() {
    body.ifPresent(AsyncBody::cancel);
  }
}
