package dev.meshseal.server.auth;

import dev.meshseal.identity.Tags;
import java.time.Instant;
import java.util.Optional;

/**
 * What a stream has proved: which names it may take, and until when. Every restriction that is
 * empty leaves that part free.
 *
 * @param subject how logs and limits call it, as in {@code token 6f1c…} or {@code socket /run/x}
 * @param tokenId the {@code jti} of a token, by which it is revoked
 * @param keyId the {@code kid} of the key that signed a token, with which it is withdrawn
 * @param mayHave the tags a proxy may have, all of them; empty for any
 * @param holder the UID of the pod to whose token this belongs, and with which it ends
 * @param nodeId what the stream's own {@code node.id} is taken for
 */
public record Credential(
    String subject,
    Optional<String> tokenId,
    Optional<String> keyId,
    Optional<String> mesh,
    Optional<String> name,
    Tags mayHave,
    Optional<String> workload,
    Optional<String> holder,
    Instant expiresAt,
    NodeId nodeId) {

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
    if (nodeId == NodeId.LABEL && (mesh.isEmpty() || name.isEmpty())) {
      throw new IllegalArgumentException(
          "%s must say which data plane it is for".formatted(subject));
    }
  }

  /** A credential by which the stream says itself which data plane it is for. */
  public Credential(
      String subject,
      Optional<String> tokenId,
      Optional<String> keyId,
      Optional<String> mesh,
      Optional<String> name,
      Tags mayHave,
      Optional<String> workload,
      Optional<String> holder,
      Instant expiresAt) {
    this(subject, tokenId, keyId, mesh, name, mayHave, workload, holder, expiresAt, NodeId.CLAIM);
  }

  /** A credential of no pod. */
  public Credential(
      String subject,
      Optional<String> tokenId,
      Optional<String> keyId,
      Optional<String> mesh,
      Optional<String> name,
      Tags mayHave,
      Optional<String> workload,
      Instant expiresAt) {
    this(subject, tokenId, keyId, mesh, name, mayHave, workload, Optional.empty(), expiresAt);
  }

  /** A credential that no key has signed. */
  public Credential(
      String subject,
      Optional<String> tokenId,
      Optional<String> mesh,
      Optional<String> name,
      Tags mayHave,
      Optional<String> workload,
      Instant expiresAt) {
    this(subject, tokenId, Optional.empty(), mesh, name, mayHave, workload, expiresAt);
  }
}
