package dev.meshseal.server.sds;

import io.grpc.MethodDescriptor;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.function.Function;

/** Reads requests, and never throws for what is in them. */
record RequestMarshaller(Function<byte[], Message> reader)
    implements MethodDescriptor.Marshaller<Message> {
  @Override
  public Message parse(InputStream stream) {
    try (stream) {
      return reader.apply(stream.readAllBytes());
    } catch (IOException broken) {
      throw new UncheckedIOException("a buffer in memory could not be read", broken);
    }
  }

  @Override
  public InputStream stream(Message request) {
    throw new UnsupportedOperationException("a server sends no requests");
  }
}
