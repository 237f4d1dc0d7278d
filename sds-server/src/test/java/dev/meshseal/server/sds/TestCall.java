package dev.meshseal.server.sds;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** One call as a client sees it, who reads only when told to. */
final class TestCall<Q, R> extends ClientCall.Listener<R> {
  private static final int PATIENCE = 20;

  private final ClientCall<Q, R> call;
  private final BlockingQueue<R> inbox = new LinkedBlockingQueue<>();
  private final CompletableFuture<Status> status = new CompletableFuture<>();

  private TestCall(ClientCall<Q, R> call) {
    this.call = call;
  }

  /** Opens a stream that reads whatever comes. */
  static <Q, R> TestCall<Q, R> open(
      Channel channel, MethodDescriptor<Q, R> method, Optional<String> token) {
    var opened = openWithoutReading(channel, method, token);
    opened.read(10_000);
    return opened;
  }

  static <Q, R> TestCall<Q, R> openWithoutReading(
      Channel channel, MethodDescriptor<Q, R> method, Optional<String> token) {
    var call = new TestCall<Q, R>(channel.newCall(method, CallOptions.DEFAULT));
    var headers = new Metadata();
    token.ifPresent(
        text ->
            headers.put(Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER), text));
    call.call.start(call, headers);
    return call;
  }

  void read(int messages) {
    call.request(messages);
  }

  void send(Q request) {
    call.sendMessage(request);
  }

  void halfClose() {
    call.halfClose();
  }

  void cancel() {
    call.cancel("the test is done with it", null);
  }

  boolean isWritable() {
    return call.isReady();
  }

  R next() throws InterruptedException {
    var message = inbox.poll(PATIENCE, TimeUnit.SECONDS);
    if (message == null) {
      throw new AssertionError("no message came; status " + status.getNow(Status.OK));
    }
    return message;
  }

  /** What has come so far. */
  int unread() {
    return inbox.size();
  }

  Status end() throws Exception {
    return status.get(PATIENCE, TimeUnit.SECONDS);
  }

  boolean isOpen() {
    return !status.isDone();
  }

  @Override
  public void onMessage(R message) {
    inbox.add(message);
  }

  @Override
  public void onClose(Status ended, Metadata trailers) {
    status.complete(ended);
  }
}
