package dev.meshseal.server.sds;

import com.google.protobuf.ByteString;
import io.grpc.Drainable;
import io.grpc.KnownLength;
import io.grpc.MethodDescriptor;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/** Writes responses: copies bytes that exist already, and serialises only the nonce. */
final class ResponseMarshaller implements MethodDescriptor.Marshaller<SecretsResponse> {
  @Override
  public InputStream stream(SecretsResponse response) {
    // Joined without being copied.
    return new Bytes(ByteString.copyFrom(response.parts()).concat(EnvoySecrets.tail(response)));
  }

  @Override
  public SecretsResponse parse(InputStream stream) {
    throw new UnsupportedOperationException("a server reads no responses");
  }

  /** Lets gRPC allocate once and copy once. */
  private static final class Bytes extends FilterInputStream implements KnownLength, Drainable {
    private final ByteString bytes;

    Bytes(ByteString bytes) {
      super(bytes.newInput());
      this.bytes = bytes;
    }

    @Override
    public int drainTo(OutputStream target) throws IOException {
      bytes.writeTo(target);
      return bytes.size();
    }
  }
}
