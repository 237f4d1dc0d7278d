package dev.meshseal.server.auth;

import dev.meshseal.identity.DataplaneId;
import dev.meshseal.identity.Tags;
import java.time.Instant;
import java.util.Optional;

/**
 * What a stream has proved: what it may be, and until when.
 *
 * @param subject how logs and limits call it, as in {@code token 6f1c…} or {@code socket /run/x}
 * @param tokenId the {@code jti} of a token, by which it is revoked
 * @param keyId the {@code kid} of the key that signed a token, with which it is withdrawn
 * @param holder the UID of the pod to whose token this belongs, and with which it ends
 * @param nodeId what the stream's own {@code node.id} is taken for
 */
public record Credential(
    String subject,
    Permits permits,
    Instant expiresAt,
    Optional<String> tokenId,
    Optional<String> keyId,
    Optional<String> holder,
    NodeId nodeId) {

  /**
   * Which data planes a stream may be. What is empty is left free.
   *
   * @param tags the tags a proxy may have, all of them; empty for any
   */
  public record Permits(
      Optional<String> mesh, Optional<String> name, Tags tags, Optional<String> workload) {
    /** Those of a mesh. */
    public static Permits in(String mesh) {
      return new Permits(Optional.of(mesh), Optional.empty(), Tags.NONE, Optional.empty());
    }

    /** One, whatever its tags are. */
    public static Permits only(DataplaneId dataplane) {
      return new Permits(
          Optional.of(dataplane.mesh()),
          Optional.of(dataplane.name()),
          Tags.NONE,
          Optional.empty());
    }
  }

  /** What Envoy's {@code node.id} is taken for. */
  public enum NodeId {
    /**
     * It says, as {@code MESH.NAME}, which data plane the stream is for: the credential must fit.
     */
    CLAIM,
    /** It is a name for people: the credential alone says which data plane it is. */
    LABEL
  }

  public Credential {
    if (nodeId == NodeId.LABEL && (permits.mesh().isEmpty() || permits.name().isEmpty())) {
      throw new IllegalArgumentException(
          "%s must say which data plane it is for".formatted(subject));
    }
  }

  /** A credential that no key has signed and no pod holds; the stream says who it is. */
  public static Credential of(String subject, Permits permits, Instant expiresAt) {
    return new Credential(
        subject,
        permits,
        expiresAt,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        NodeId.CLAIM);
  }

  /** The same, of the pod with this UID. */
  public Credential heldBy(String pod) {
    return new Credential(subject, permits, expiresAt, tokenId, keyId, Optional.of(pod), nodeId);
  }

  /** The same, whatever the stream calls itself. */
  public Credential whateverTheNodeId() {
    return new Credential(subject, permits, expiresAt, tokenId, keyId, holder, NodeId.LABEL);
  }
}
