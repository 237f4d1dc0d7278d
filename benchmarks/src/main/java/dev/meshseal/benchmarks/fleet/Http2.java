package dev.meshseal.benchmarks.fleet;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;

/** The frames of HTTP/2 that a client of a streaming call writes (RFC 9113, section 6). */
final class Http2 {
  static final int DATA = 0;
  static final int HEADERS = 1;
  static final int RST_STREAM = 3;
  static final int SETTINGS = 4;
  static final int PING = 6;
  static final int GOAWAY = 7;
  static final int WINDOW_UPDATE = 8;
  static final int CONTINUATION = 9;

  static final int ACK = 0x1;
  static final int END_STREAM = 0x1;
  static final int END_HEADERS = 0x4;
  static final int PADDED = 0x8;
  static final int PRIORITY = 0x20;

  static final int FRAME_HEADER = 9;
  static final int GRPC_HEADER = 5;
  static final int DEFAULT_WINDOW = 65_535;

  /** What each stream and the connection may receive before it says so again. */
  static final int WINDOW = 1 << 20;

  private static final byte[] PREFACE =
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
  private static final int ENABLE_PUSH = 2;
  static final int INITIAL_WINDOW_SIZE = 4;

  private Http2() {}

  static void writePreface(ByteBuf out) {
    out.writeBytes(PREFACE);
    writeFrame(out, 12, SETTINGS, 0, 0);
    out.writeShort(ENABLE_PUSH).writeInt(0);
    out.writeShort(INITIAL_WINDOW_SIZE).writeInt(WINDOW);
    writeWindowUpdate(out, 0, WINDOW - DEFAULT_WINDOW);
  }

  static void writeFrame(ByteBuf out, int length, int type, int flags, int stream) {
    out.writeMedium(length).writeByte(type).writeByte(flags).writeInt(stream);
  }

  static void writeWindowUpdate(ByteBuf out, int stream, int increment) {
    writeFrame(out, 4, WINDOW_UPDATE, 0, stream);
    out.writeInt(increment);
  }

  /** One uncompressed gRPC message in one DATA frame. */
  static void writeMessage(ByteBuf out, int stream, byte[] message) {
    writeFrame(out, GRPC_HEADER + message.length, DATA, 0, stream);
    out.writeByte(0).writeInt(message.length).writeBytes(message);
  }
}
