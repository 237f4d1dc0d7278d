package dev.meshseal.benchmarks.fleet;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.DefaultHttp2HeadersEncoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.AsciiString;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;

/**
 * One HTTP/2 connection with any number of SDS streams. It speaks what gRPC needs of HTTP/2 and no
 * more, because a full client channel costs more than the server it is to measure.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a write that fails closes the connection
final class SidecarConnection extends ByteToMessageDecoder {
  private static final AsciiString AUTHORIZATION = AsciiString.cached("authorization");

  /** What becomes of the streams of a connection; called on its event loop. */
  interface Listener {
    void received(Sidecar sidecar, Received response);

    void ended(Sidecar sidecar, String reason);
  }

  private final Variant variant;
  private final FleetPlan.Behaviour behaviour;
  private final boolean secure;
  private final String authority;
  private final Listener listener;
  private final Map<Integer, Stream> streams = new HashMap<>();
  private final Queue<Sidecar> waiting = new ArrayDeque<>();
  private final Queue<Unsent> unsent = new ArrayDeque<>();
  private final DefaultHttp2HeadersEncoder headersEncoder =
      new DefaultHttp2HeadersEncoder((name, value) -> AUTHORIZATION.contentEquals(name), true);
  private final DefaultHttp2HeadersDecoder headersDecoder = new DefaultHttp2HeadersDecoder(false);
  private ByteBuf headerBlock = Unpooled.EMPTY_BUFFER;
  private boolean ready;
  private boolean ended;
  private int nextStream = 1;
  private int sendWindow = Http2.DEFAULT_WINDOW;
  private int initialStreamWindow = Http2.DEFAULT_WINDOW;
  private int consumed;
  private String closing = "the server closed the connection";

  private static final class Stream {
    private final int id;
    private final Sidecar sidecar;
    private int sendWindow;
    private int consumed;
    private ByteBuf partial = Unpooled.EMPTY_BUFFER;

    Stream(int id, Sidecar sidecar, int sendWindow) {
      this.id = id;
      this.sidecar = sidecar;
      this.sendWindow = sendWindow;
    }
  }

  private static final class Unsent {
    private final Stream stream;
    private final byte[] message;

    Unsent(Stream stream, byte[] message) {
      this.stream = stream;
      this.message = message;
    }
  }

  SidecarConnection(
      Variant variant,
      FleetPlan.Behaviour behaviour,
      boolean secure,
      String authority,
      Listener listener) {
    this.variant = variant;
    this.behaviour = behaviour;
    this.secure = secure;
    this.authority = authority;
    this.listener = listener;
  }

  /** Opens a stream, at once or as soon as the connection stands. On the event loop. */
  void open(ChannelHandlerContext ctx, Sidecar sidecar) {
    if (ended) {
      listener.ended(sidecar, closing);
    } else if (ready) {
      var out = ctx.alloc().buffer(1024);
      writeOpening(out, sidecar);
      ctx.writeAndFlush(out);
    } else {
      waiting.add(sidecar);
    }
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) throws Exception {
    if (!secure) {
      start(ctx);
    }
    super.channelActive(ctx);
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) throws Exception {
    if (event instanceof SslHandshakeCompletionEvent handshake) {
      if (handshake.isSuccess()) {
        start(ctx);
      } else {
        closing = "TLS handshake failed: " + handshake.cause().getMessage();
      }
    }
    super.userEventTriggered(ctx, event);
  }

  private void start(ChannelHandlerContext ctx) {
    ready = true;
    var out = ctx.alloc().buffer(1024);
    Http2.writePreface(out);
    while (!waiting.isEmpty()) {
      writeOpening(out, waiting.remove());
    }
    ctx.writeAndFlush(out);
  }

  private void writeOpening(ByteBuf out, Sidecar sidecar) {
    var stream = new Stream(nextStream, sidecar, initialStreamWindow);
    nextStream += 2;
    streams.put(stream.id, stream);
    writeHeaders(out, stream);
    write(out, stream, variant.subscribe(sidecar.nodeId(), sidecar.names()));
  }

  private void writeHeaders(ByteBuf out, Stream stream) {
    var headers = new DefaultHttp2Headers(false);
    headers
        .method("POST")
        .scheme(secure ? "https" : "http")
        .path(variant.path())
        .authority(authority);
    headers.add("te", "trailers").add("content-type", "application/grpc");
    headers.add("user-agent", "meshseal-fleet");
    stream.sidecar.token().ifPresent(token -> headers.add(AUTHORIZATION, token));
    int frame = out.writerIndex();
    Http2.writeFrame(out, 0, Http2.HEADERS, Http2.END_HEADERS, stream.id);
    try {
      headersEncoder.encodeHeaders(stream.id, headers, out);
    } catch (Http2Exception impossible) {
      throw new IllegalStateException("headers of a few hundred bytes must fit", impossible);
    }
    out.setMedium(frame, out.writerIndex() - frame - Http2.FRAME_HEADER);
  }

  private void write(ByteBuf out, Stream stream, byte[] message) {
    int length = message.length + Http2.GRPC_HEADER;
    if (length > sendWindow || length > stream.sendWindow) {
      unsent.add(new Unsent(stream, message));
      return;
    }
    sendWindow -= length;
    stream.sendWindow -= length;
    Http2.writeMessage(out, stream.id, message);
  }

  @Override
  protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> none)
      throws IOException, Http2Exception {
    var out = ctx.alloc().buffer(512);
    try {
      while (hasFrame(in)) {
        int length = in.readUnsignedMedium();
        int type = in.readUnsignedByte();
        int flags = in.readUnsignedByte();
        int stream = in.readInt();
        frame(out, type, flags, stream, in.readSlice(length));
      }
      if (out.isReadable()) {
        ctx.writeAndFlush(out.retain());
      }
    } finally {
      out.release();
    }
  }

  private static boolean hasFrame(ByteBuf in) {
    return in.readableBytes() >= Http2.FRAME_HEADER
        && in.readableBytes() >= Http2.FRAME_HEADER + in.getUnsignedMedium(in.readerIndex());
  }

  private void frame(ByteBuf out, int type, int flags, int id, ByteBuf payload)
      throws IOException, Http2Exception {
    switch (type) {
      case Http2.DATA -> data(out, flags, id, payload);
      case Http2.HEADERS -> headers(flags, id, payload);
      case Http2.CONTINUATION -> continuation(flags, id, payload);
      case Http2.SETTINGS -> settings(out, flags, payload);
      case Http2.PING -> ping(out, flags, payload);
      case Http2.WINDOW_UPDATE -> windowUpdate(out, id, payload);
      case Http2.RST_STREAM -> end(id, "stream reset with HTTP/2 error " + payload.readInt());
      case Http2.GOAWAY -> goAway(payload);
      default -> {}
    }
  }

  private void data(ByteBuf out, int flags, int id, ByteBuf payload) throws IOException {
    credit(out, id, payload.readableBytes());
    var stream = streams.get(id);
    if (stream == null) {
      return;
    }
    if ((flags & Http2.PADDED) != 0) {
      payload = payload.readSlice(payload.readableBytes() - 1 - payload.readUnsignedByte());
    }
    var messages = stream.partial.isReadable() ? appended(stream, payload) : payload;
    while (hasMessage(messages)) {
      messages.skipBytes(1);
      message(out, stream, messages.readSlice(messages.readInt()));
    }
    keepRest(stream, messages);
    if ((flags & Http2.END_STREAM) != 0) {
      end(id, "stream ended without a status");
    }
  }

  private static boolean hasMessage(ByteBuf data) {
    return data.readableBytes() >= Http2.GRPC_HEADER
        && data.readableBytes() >= Http2.GRPC_HEADER + data.getInt(data.readerIndex() + 1);
  }

  private static ByteBuf appended(Stream stream, ByteBuf payload) {
    var whole = Unpooled.buffer(stream.partial.readableBytes() + payload.readableBytes());
    return whole.writeBytes(stream.partial).writeBytes(payload);
  }

  private static void keepRest(Stream stream, ByteBuf rest) {
    stream.partial = rest.isReadable() ? Unpooled.copiedBuffer(rest) : Unpooled.EMPTY_BUFFER;
  }

  private void message(ByteBuf out, Stream stream, ByteBuf message) throws IOException {
    var response = variant.read(message.nioBuffer());
    var sidecar = stream.sidecar;
    listener.received(sidecar, response);
    write(out, stream, answer(sidecar, response));
  }

  private byte[] answer(Sidecar sidecar, Received response) {
    var node = behaviour.repeatsNode() ? Optional.of(sidecar.nodeId()) : Optional.<String>empty();
    return behaviour.refusesEverything()
        ? variant.reject(node, sidecar.names(), response)
        : variant.acknowledge(node, sidecar.names(), response);
  }

  /** Gives the server back what was read, in halves of a window. */
  private void credit(ByteBuf out, int id, int bytes) {
    consumed += bytes;
    if (consumed > Http2.WINDOW / 2) {
      Http2.writeWindowUpdate(out, 0, consumed);
      consumed = 0;
    }
    var stream = streams.get(id);
    if (stream != null) {
      stream.consumed += bytes;
      if (stream.consumed > Http2.WINDOW / 2) {
        Http2.writeWindowUpdate(out, id, stream.consumed);
        stream.consumed = 0;
      }
    }
  }

  private void headers(int flags, int id, ByteBuf payload) throws Http2Exception {
    int padding = (flags & Http2.PADDED) != 0 ? payload.readUnsignedByte() : 0;
    if ((flags & Http2.PRIORITY) != 0) {
      payload.skipBytes(5);
    }
    var block = payload.readSlice(payload.readableBytes() - padding);
    boolean last = (flags & Http2.END_STREAM) != 0;
    if ((flags & Http2.END_HEADERS) != 0) {
      decoded(id, block, last);
    } else {
      headerBlock = Unpooled.copiedBuffer(block);
      closing = last ? "stream ended in a long header block" : closing;
    }
  }

  private void continuation(int flags, int id, ByteBuf payload) throws Http2Exception {
    headerBlock = Unpooled.copiedBuffer(headerBlock, payload);
    if ((flags & Http2.END_HEADERS) != 0) {
      decoded(id, headerBlock, true);
      headerBlock = Unpooled.EMPTY_BUFFER;
    }
  }

  private void decoded(int id, ByteBuf block, boolean last) throws Http2Exception {
    var headers = headersDecoder.decodeHeaders(id, block);
    if (last) {
      end(id, status(headers));
    }
  }

  private static String status(Http2Headers trailers) {
    var status = trailers.get("grpc-status");
    var message = trailers.get("grpc-message");
    return "grpc-status %s%s"
        .formatted(
            status == null ? "missing, HTTP status " + trailers.status() : status,
            message == null ? "" : ": " + message);
  }

  private void settings(ByteBuf out, int flags, ByteBuf payload) {
    if ((flags & Http2.ACK) != 0) {
      return;
    }
    while (payload.readableBytes() >= 6) {
      int id = payload.readUnsignedShort();
      int value = payload.readInt();
      if (id == Http2.INITIAL_WINDOW_SIZE) {
        int change = value - initialStreamWindow;
        initialStreamWindow = value;
        streams.values().forEach(stream -> stream.sendWindow += change);
      }
    }
    Http2.writeFrame(out, 0, Http2.SETTINGS, Http2.ACK, 0);
    sendUnsent(out);
  }

  private static void ping(ByteBuf out, int flags, ByteBuf payload) {
    if ((flags & Http2.ACK) == 0) {
      Http2.writeFrame(out, 8, Http2.PING, Http2.ACK, 0);
      out.writeBytes(payload);
    }
  }

  private void windowUpdate(ByteBuf out, int id, ByteBuf payload) {
    int increment = payload.readInt();
    if (id == 0) {
      sendWindow += increment;
    } else if (streams.containsKey(id)) {
      streams.get(id).sendWindow += increment;
    }
    sendUnsent(out);
  }

  private void sendUnsent(ByteBuf out) {
    var before = new ArrayList<>(unsent);
    unsent.clear();
    for (var each : before) {
      write(out, each.stream, each.message);
    }
  }

  private void goAway(ByteBuf payload) {
    payload.skipBytes(4);
    closing =
        "the server said goodbye with HTTP/2 error %d: %s"
            .formatted(
                payload.readInt(), payload.toString(java.nio.charset.StandardCharsets.UTF_8));
  }

  private void end(int id, String reason) {
    var stream = streams.remove(id);
    if (stream != null) {
      listener.ended(stream.sidecar, reason);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) throws Exception {
    super.channelInactive(ctx);
    ended = true;
    var lost = new ArrayList<>(waiting);
    streams.values().forEach(stream -> lost.add(stream.sidecar));
    waiting.clear();
    streams.clear();
    lost.forEach(sidecar -> listener.ended(sidecar, closing));
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (!closing.startsWith("TLS")) {
      closing = String.valueOf(cause.getMessage());
    }
    ctx.close();
  }
}
