package dev.meshseal.benchmarks.fleet;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.WireFormat;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * The two forms of the protocol, read and written field by field: a parsed Secret would cost the
 * client more than all the rest of a push. Field numbers are those of {@code
 * envoy/service/discovery/v3/discovery.proto}.
 */
public enum Variant {
  SOTW("/envoy.service.secret.v3.SecretDiscoveryService/StreamSecrets") {
    @Override
    byte[] subscribe(String nodeId, List<String> names) {
      return written(
          out -> {
            out.writeByteArray(2, node(nodeId));
            for (var name : names) {
              out.writeString(3, name);
            }
            out.writeString(4, SECRET_TYPE);
          });
    }

    @Override
    byte[] acknowledge(Optional<String> node, List<String> names, Received response) {
      return written(
          out -> {
            out.writeString(1, response.version());
            writeNode(out, 2, node);
            for (var name : names) {
              out.writeString(3, name);
            }
            out.writeString(4, SECRET_TYPE);
            out.writeString(5, response.nonce());
          });
    }

    @Override
    byte[] reject(Optional<String> node, List<String> names, Received response) {
      return written(
          out -> {
            writeNode(out, 2, node);
            for (var name : names) {
              out.writeString(3, name);
            }
            out.writeString(4, SECRET_TYPE);
            out.writeString(5, response.nonce());
            out.writeByteArray(6, refusal());
          });
    }

    @Override
    Received read(ByteBuffer message) throws IOException {
      var in = CodedInputStream.newInstance(message);
      var version = "";
      var nonce = "";
      var secrets = new ArrayList<Received.Content>(1);
      for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
        switch (WireFormat.getTagFieldNumber(tag)) {
          case 1 -> version = in.readString();
          case 2 -> secrets.add(any(in));
          case 5 -> nonce = in.readString();
          default -> in.skipField(tag);
        }
      }
      return new Received(version, nonce, secrets);
    }
  },

  DELTA("/envoy.service.secret.v3.SecretDiscoveryService/DeltaSecrets") {
    @Override
    byte[] subscribe(String nodeId, List<String> names) {
      return written(
          out -> {
            out.writeByteArray(1, node(nodeId));
            out.writeString(2, SECRET_TYPE);
            for (var name : names) {
              out.writeString(3, name);
            }
          });
    }

    @Override
    byte[] acknowledge(Optional<String> node, List<String> names, Received response) {
      return written(
          out -> {
            writeNode(out, 1, node);
            out.writeString(2, SECRET_TYPE);
            out.writeString(6, response.nonce());
          });
    }

    @Override
    byte[] reject(Optional<String> node, List<String> names, Received response) {
      return written(
          out -> {
            writeNode(out, 1, node);
            out.writeString(2, SECRET_TYPE);
            out.writeString(6, response.nonce());
            out.writeByteArray(7, refusal());
          });
    }

    @Override
    Received read(ByteBuffer message) throws IOException {
      var in = CodedInputStream.newInstance(message);
      var version = "";
      var nonce = "";
      var secrets = new ArrayList<Received.Content>(1);
      for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
        switch (WireFormat.getTagFieldNumber(tag)) {
          case 1 -> version = in.readString();
          case 2 -> resource(in, secrets);
          case 5 -> nonce = in.readString();
          default -> in.skipField(tag);
        }
      }
      return new Received(version, nonce, secrets);
    }

    private void resource(CodedInputStream in, List<Received.Content> secrets) throws IOException {
      int outer = in.pushLimit(in.readRawVarint32());
      for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
        if (WireFormat.getTagFieldNumber(tag) == 2) {
          secrets.add(any(in));
        } else {
          in.skipField(tag);
        }
      }
      in.popLimit(outer);
    }
  };

  static final String SECRET_TYPE =
      "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret";
  private static final int INTERNAL = 13;

  private final String path;

  Variant(String path) {
    this.path = path;
  }

  /** The method that opens such a stream. */
  String path() {
    return path;
  }

  abstract byte[] subscribe(String nodeId, List<String> names);

  /**
   * @param node of the sidecar, where it is said in every request
   */
  abstract byte[] acknowledge(Optional<String> node, List<String> names, Received response);

  abstract byte[] reject(Optional<String> node, List<String> names, Received response);

  abstract Received read(ByteBuffer message) throws IOException;

  private static Received.Content any(CodedInputStream in) throws IOException {
    int outer = in.pushLimit(in.readRawVarint32());
    byte[] value = {};
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      if (WireFormat.getTagFieldNumber(tag) == 2) {
        value = in.readByteArray();
      } else {
        in.skipField(tag);
      }
    }
    in.popLimit(outer);
    return new Received.Content(secretName(value), hash(value));
  }

  private static String secretName(byte[] secret) throws IOException {
    var in = CodedInputStream.newInstance(secret);
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      if (WireFormat.getTagFieldNumber(tag) == 1) {
        return in.readString();
      }
      in.skipField(tag);
    }
    return "";
  }

  private static long hash(byte[] secret) {
    var crc = new CRC32C();
    crc.update(secret);
    return (long) Arrays.hashCode(secret) << Integer.SIZE | crc.getValue();
  }

  private static byte[] node(String id) {
    return written(
        out -> {
          out.writeString(1, id);
          out.writeString(2, "fleet");
          out.writeString(6, "envoy");
        });
  }

  private static void writeNode(CodedOutputStream out, int field, Optional<String> id)
      throws IOException {
    if (id.isPresent()) {
      out.writeByteArray(field, node(id.get()));
    }
  }

  private static byte[] refusal() {
    return written(
        out -> {
          out.writeInt32(1, INTERNAL);
          out.writeString(2, "the fleet was told to refuse everything");
        });
  }

  private interface Fields {
    void write(CodedOutputStream out) throws IOException;
  }

  private static byte[] written(Fields fields) {
    try {
      var bytes = new ByteArrayOutputStream(256);
      var out = CodedOutputStream.newInstance(bytes, 256);
      fields.write(out);
      out.flush();
      return bytes.toByteArray();
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
  }
}
