package dev.meshseal.server.sds;

import com.google.protobuf.ByteString;
import java.util.List;
import java.util.Optional;

/**
 * One discovery response: bytes that every stream shares, and the nonce, which is this stream's.
 *
 * @param parts concatenated; one but for an answer to a fetch of several names
 * @param version of the whole, where no part says it
 */
record SecretsResponse(List<ByteString> parts, Optional<String> version, int nonce) {
  SecretsResponse {
    parts = List.copyOf(parts);
  }

  static SecretsResponse of(ByteString part, int nonce) {
    return new SecretsResponse(List.of(part), Optional.empty(), nonce);
  }

  /** The bytes hold a private key. */
  @Override
  public String toString() {
    return "response with nonce " + nonce;
  }
}
