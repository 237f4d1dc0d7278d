package dev.meshseal.cli.rehearsal;

import io.grpc.CallOptions;
import io.grpc.ClientInterceptors;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.ClientResponseObserver;
import io.grpc.stub.MetadataUtils;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A sidecar on a connection of its own: asks, and accepts whatever it gets.
 *
 * @param <Q> its requests
 * @param <R> the responses to them
 */
final class Sidecar<Q, R> implements ClientResponseObserver<Q, R>, AutoCloseable {
  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

  /** What becomes of a sidecar. */
  interface Fate {
    /** It has its first secret, or will never have one. Called once. */
    void settled();

    /** Another secret has come. */
    void served();
  }

  private final ManagedChannel channel;
  private final Script<Q, R> script;
  private final Fate fate;
  private final AtomicBoolean settled = new AtomicBoolean();
  private @Nullable ClientCallStreamObserver<Q> requests;

  private Sidecar(ManagedChannel channel, Script<Q, R> script, Fate fate) {
    this.channel = channel;
    this.script = script;
    this.fate = fate;
  }

  /** Connects and asks. Returns at once. */
  static <Q, R> Sidecar<Q, R> start(
      ManagedChannel channel,
      MethodDescriptor<Q, R> method,
      String token,
      Script<Q, R> script,
      Fate fate) {
    var headers = new Metadata();
    headers.put(AUTHORIZATION, token);
    var authorized =
        ClientInterceptors.intercept(channel, MetadataUtils.newAttachHeadersInterceptor(headers));
    var sidecar = new Sidecar<>(channel, script, fate);
    ClientCalls.asyncBidiStreamingCall(authorized.newCall(method, CallOptions.DEFAULT), sidecar)
        .onNext(script.opening());
    return sidecar;
  }

  @Override
  public void beforeStart(ClientCallStreamObserver<Q> toServer) {
    requests = toServer;
  }

  @Override
  public void onNext(R response) {
    if (requests != null) {
      requests.onNext(script.acceptance().apply(response));
    }
    settle();
    fate.served();
  }

  @Override
  public void onError(Throwable refused) {
    settle();
  }

  @Override
  public void onCompleted() {
    settle();
  }

  private void settle() {
    if (settled.compareAndSet(false, true)) {
      fate.settled();
    }
  }

  @Override
  public void close() {
    channel.shutdownNow();
  }
}
