package dev.meshseal.server.sds;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.WireFormat;
import com.google.rpc.Status;
import dev.meshseal.server.sds.SecretsRequest.Names;
import dev.meshseal.server.sds.SecretsRequest.Node;
import io.envoyproxy.envoy.config.core.v3.BuildVersion;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryRequest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * From the bytes of a discovery request to what we use of it.
 *
 * <p>Read field by field and not with the generated parser: an Envoy's node lists some hundred
 * extensions, of which we need none, and text that is not UTF-8 must become an answer, not an
 * exception.
 */
final class EnvoyRequests {
  private static final int REASON_LENGTH = 500;

  private Optional<Node> node = Optional.empty();
  private String typeUrl = "";
  private String nonce = "";
  private Optional<String> refusal = Optional.empty();
  private final List<String> names = new ArrayList<>(2);
  private final List<String> unwanted = new ArrayList<>(0);

  private EnvoyRequests() {}

  static Message stateOfTheWorld(byte[] bytes) {
    return read(
        bytes,
        (request, input, tag) -> request.readStateOfTheWorld(input, tag),
        request -> new Names.Whole(request.names));
  }

  static Message delta(byte[] bytes) {
    return read(
        bytes,
        (request, input, tag) -> request.readDelta(input, tag),
        request -> new Names.Change(request.names, request.unwanted));
  }

  @FunctionalInterface
  private interface FieldReader {
    void read(EnvoyRequests request, CodedInputStream input, int tag) throws IOException;
  }

  private static Message read(
      byte[] bytes, FieldReader field, java.util.function.Function<EnvoyRequests, Names> names) {
    var request = new EnvoyRequests();
    try {
      fields(CodedInputStream.newInstance(bytes), (input, tag) -> field.read(request, input, tag));
      return new SecretsRequest(
          request.node, request.typeUrl, request.nonce, request.refusal, names.apply(request));
    } catch (NotText malformed) {
      return new Message.Malformed(malformed.sentence);
    } catch (IOException malformed) {
      return new Message.Malformed(
          "the message is not a discovery request: its bytes are malformed");
    }
  }

  private void readStateOfTheWorld(CodedInputStream input, int tag) throws IOException {
    switch (WireFormat.getTagFieldNumber(tag)) {
      case DiscoveryRequest.NODE_FIELD_NUMBER -> node = Optional.of(node(bytes(input, tag)));
      case DiscoveryRequest.RESOURCE_NAMES_FIELD_NUMBER ->
          names.add(text("resource_names", input, tag));
      case DiscoveryRequest.TYPE_URL_FIELD_NUMBER -> typeUrl = text("type_url", input, tag);
      case DiscoveryRequest.RESPONSE_NONCE_FIELD_NUMBER ->
          nonce = text("response_nonce", input, tag);
      case DiscoveryRequest.ERROR_DETAIL_FIELD_NUMBER ->
          refusal = Optional.of(reason(bytes(input, tag)));
      default -> input.skipField(tag);
    }
  }

  private void readDelta(CodedInputStream input, int tag) throws IOException {
    switch (WireFormat.getTagFieldNumber(tag)) {
      case DeltaDiscoveryRequest.NODE_FIELD_NUMBER -> node = Optional.of(node(bytes(input, tag)));
      case DeltaDiscoveryRequest.RESOURCE_NAMES_SUBSCRIBE_FIELD_NUMBER ->
          names.add(text("resource_names_subscribe", input, tag));
      case DeltaDiscoveryRequest.RESOURCE_NAMES_UNSUBSCRIBE_FIELD_NUMBER ->
          unwanted.add(text("resource_names_unsubscribe", input, tag));
      case DeltaDiscoveryRequest.TYPE_URL_FIELD_NUMBER -> typeUrl = text("type_url", input, tag);
      case DeltaDiscoveryRequest.RESPONSE_NONCE_FIELD_NUMBER ->
          nonce = text("response_nonce", input, tag);
      case DeltaDiscoveryRequest.ERROR_DETAIL_FIELD_NUMBER ->
          refusal = Optional.of(reason(bytes(input, tag)));
      default -> input.skipField(tag);
    }
  }

  private static Node node(ByteString bytes) throws IOException {
    var id = new String[] {""};
    var userAgent = new String[] {"", ""};
    fields(
        bytes.newCodedInput(),
        (input, tag) -> {
          switch (WireFormat.getTagFieldNumber(tag)) {
            case io.envoyproxy.envoy.config.core.v3.Node.ID_FIELD_NUMBER ->
                id[0] = text("node.id", input, tag);
            case io.envoyproxy.envoy.config.core.v3.Node.USER_AGENT_NAME_FIELD_NUMBER ->
                userAgent[0] = lenient(bytes(input, tag), 40);
            case io.envoyproxy.envoy.config.core.v3.Node.USER_AGENT_VERSION_FIELD_NUMBER ->
                userAgent[1] = lenient(bytes(input, tag), 40);
            case io.envoyproxy.envoy.config.core.v3.Node.USER_AGENT_BUILD_VERSION_FIELD_NUMBER ->
                userAgent[1] = version(bytes(input, tag));
            default -> input.skipField(tag);
          }
        });
    return new Node(id[0], String.join(" ", userAgent).strip());
  }

  private static String version(ByteString bytes) throws IOException {
    var version = BuildVersion.parseFrom(bytes).getVersion();
    return "%d.%d.%d"
        .formatted(version.getMajorNumber(), version.getMinorNumber(), version.getPatch());
  }

  private static String reason(ByteString bytes) throws IOException {
    var reason = new String[] {""};
    fields(
        bytes.newCodedInput(),
        (input, tag) -> {
          if (WireFormat.getTagFieldNumber(tag) == Status.MESSAGE_FIELD_NUMBER) {
            reason[0] = lenient(bytes(input, tag), REASON_LENGTH);
          } else {
            input.skipField(tag);
          }
        });
    return reason[0].isBlank() ? "no reason given" : reason[0];
  }

  @FunctionalInterface
  private interface Field {
    void read(CodedInputStream input, int tag) throws IOException;
  }

  private static void fields(CodedInputStream input, Field field) throws IOException {
    for (var tag = input.readTag(); tag != 0; tag = input.readTag()) {
      field.read(input, tag);
    }
  }

  private static String text(String field, CodedInputStream input, int tag) throws IOException {
    var bytes = bytes(input, tag);
    if (!bytes.isValidUtf8()) {
      throw new NotText("%s is not valid UTF-8; send text".formatted(field));
    }
    return bytes.toStringUtf8();
  }

  private static String lenient(ByteString bytes, int length) {
    return Words.clean(
        bytes.substring(0, Math.min(bytes.size(), 4 * length)).toStringUtf8(), length);
  }

  private static ByteString bytes(CodedInputStream input, int tag) throws IOException {
    if (WireFormat.getTagWireType(tag) != WireFormat.WIRETYPE_LENGTH_DELIMITED) {
      throw new InvalidProtocolBufferException("a field of another wire type");
    }
    return input.readBytes();
  }

  /** Text that is none; carries the sentence for the client. */
  private static final class NotText extends IOException {
    private static final long serialVersionUID = 1L;
    private final String sentence;

    NotText(String sentence) {
      super(sentence);
      this.sentence = sentence;
    }
  }
}
