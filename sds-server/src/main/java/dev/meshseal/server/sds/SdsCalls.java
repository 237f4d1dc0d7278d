package dev.meshseal.server.sds;

import dev.meshseal.server.auth.Credential;
import dev.meshseal.server.auth.NotAuthenticatedException;
import dev.meshseal.server.auth.WayIn;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.Status;
import io.grpc.SynchronizationContext;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes a stream of each call of one method: between gRPC and {@link SdsStream}. */
record SdsCalls(
    SdsStreams streams, WayIn wayIn, Supplier<Executor> home, Service service, Variant variant)
    implements ServerCallHandler<Message, SecretsResponse> {
  private static final Logger LOG = LoggerFactory.getLogger(SdsCalls.class);

  @Override
  public ServerCall.Listener<Message> startCall(
      ServerCall<Message, SecretsResponse> call, Metadata headers) {
    var listener = new Listener(this, call);
    listener.open(wayIn, headers);
    return listener;
  }

  private static final class Listener extends ServerCall.Listener<Message>
      implements Outbound, Thread.UncaughtExceptionHandler {
    private final ServerCall<Message, SecretsResponse> call;
    private final SynchronizationContext context = new SynchronizationContext(this);
    private final SdsStream stream;
    private boolean headersSent;

    private static final SocketAddress UNKNOWN = UnixDomainSocketAddress.of("");

    Listener(SdsCalls calls, ServerCall<Message, SecretsResponse> call) {
      this.call = call;
      var home = calls.home().get();
      var origin =
          new SdsStream.Origin(calls.service(), calls.variant(), peer(call), calls.streams().now());
      this.stream =
          new SdsStream(
              calls.streams(), origin, this, task -> home.execute(() -> context.execute(task)));
    }

    void open(WayIn wayIn, Metadata headers) {
      context.execute(stream::open);
      authenticate(wayIn, headers)
          .whenComplete(
              (credential, failure) ->
                  here(
                      failure == null
                          ? new StreamEvent.Authenticated(credential)
                          : failed(failure)));
    }

    private CompletionStage<Credential> authenticate(WayIn wayIn, Metadata headers) {
      try {
        return wayIn.authenticate(headers, call.getAttributes());
      } catch (RuntimeException broken) {
        return CompletableFuture.failedFuture(broken);
      }
    }

    private static StreamEvent failed(Throwable failure) {
      var cause =
          failure instanceof CompletionException && failure.getCause() != null
              ? failure.getCause()
              : failure;
      if (cause instanceof NotAuthenticatedException why) {
        return new StreamEvent.NotAuthenticated(why);
      }
      LOG.error("a way in failed", cause);
      return new StreamEvent.EndRequired(StreamEnd.INTERNAL);
    }

    /** Handles an event in this thread, after what is being handled now. */
    private void here(StreamEvent event) {
      context.execute(() -> stream.on(event));
    }

    @Override
    public void onMessage(Message message) {
      here(new StreamEvent.Requested(message));
    }

    @Override
    public void onReady() {
      here(new StreamEvent.WritableAgain());
    }

    @Override
    public void onHalfClose() {
      here(new StreamEvent.HalfClosed());
    }

    @Override
    public void onCancel() {
      here(new StreamEvent.Closed());
    }

    @Override
    public void onComplete() {
      here(new StreamEvent.Closed());
    }

    @Override
    public boolean isWritable() {
      return call.isReady();
    }

    @Override
    public void readNext() {
      call.request(1);
    }

    @Override
    public void send(SecretsResponse response) {
      if (call.isCancelled()) {
        return;
      }
      if (!headersSent) {
        headersSent = true;
        call.sendHeaders(new Metadata());
      }
      call.sendMessage(response);
    }

    @Override
    public void end(StreamEnd end) {
      if (!call.isCancelled()) {
        call.close(
            Status.fromCode(Status.Code.valueOf(end.code().name())).withDescription(end.sentence()),
            new Metadata());
      }
    }

    @Override
    public void uncaughtException(Thread thread, Throwable failure) {
      LOG.error("a stream failed", failure);
      here(new StreamEvent.EndRequired(StreamEnd.INTERNAL));
    }

    private static SocketAddress peer(ServerCall<?, ?> call) {
      return Optional.ofNullable(call.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR))
          .orElse(UNKNOWN);
    }
  }
}
