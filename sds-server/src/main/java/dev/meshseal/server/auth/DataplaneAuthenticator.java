package dev.meshseal.server.auth;

import dev.meshseal.identity.Dataplane;
import dev.meshseal.identity.DataplaneId;
import java.util.Optional;
import java.util.TreeSet;

/** From a stream's credential, and the node id it claims, to the data plane it serves. */
public final class DataplaneAuthenticator {
  private final Dataplanes dataplanes;

  public DataplaneAuthenticator(Dataplanes dataplanes) {
    this.dataplanes = dataplanes;
  }

  /**
   * The data plane that a stream may serve. Asked again when a Dataplane has changed.
   *
   * @param nodeId Envoy's {@code node.id}, {@code MESH.NAME}; empty or absent where the credential
   *     fixes both; whatever it is where the credential takes it for a label
   * @throws NotPermittedException if the credential is for another mesh, name or other tags
   */
  public Dataplane authenticate(Credential credential, Optional<String> nodeId) {
    var id = id(credential, nodeId.filter(text -> !text.isEmpty()));
    requireEqual("mesh", credential.permits().mesh(), id.mesh(), credential);
    requireEqual("name", credential.permits().name(), id.name(), credential);
    var dataplane =
        dataplanes
            .find(id)
            .orElseGet(
                () ->
                    new Dataplane(
                        id,
                        credential.permits().tags(),
                        credential.permits().workload(),
                        Optional.empty()));
    requireTags(dataplane, credential);
    credential
        .permits()
        .workload()
        .ifPresent(
            workload ->
                requireEqual(
                    "workload",
                    dataplane.workload().or(() -> Optional.of("")),
                    workload,
                    credential));
    return dataplane;
  }

  private static DataplaneId id(Credential credential, Optional<String> nodeId) {
    return switch (credential.nodeId()) {
      case CLAIM -> claimed(credential, nodeId);
      case LABEL ->
          new DataplaneId(
              credential.permits().mesh().orElseThrow(), credential.permits().name().orElseThrow());
    };
  }

  private static DataplaneId claimed(Credential credential, Optional<String> nodeId) {
    if (nodeId.isEmpty()) {
      if (credential.permits().mesh().isEmpty() || credential.permits().name().isEmpty()) {
        throw new NotPermittedException(
            "%s does not say which data plane it is for, and Envoy sent no node.id; set node.id to MESH.NAME"
                .formatted(credential.subject()));
      }
      return new DataplaneId(
          credential.permits().mesh().orElseThrow(), credential.permits().name().orElseThrow());
    }
    var text = nodeId.orElseThrow();
    // A mesh has no dot in its name, a data plane may (POD.NAMESPACE): Kuma splits at the first.
    var dot = text.indexOf('.');
    if (dot < 1 || dot == text.length() - 1) {
      throw new NotPermittedException(
          "Envoy's node.id must be MESH.NAME, got '%s'".formatted(text));
    }
    return new DataplaneId(text.substring(0, dot), text.substring(dot + 1));
  }

  private static void requireEqual(
      String what, Optional<String> allowed, String claimed, Credential credential) {
    allowed.ifPresent(
        only -> {
          if (!only.equals(claimed)) {
            throw new NotPermittedException(
                "%s is for %s '%s', not for '%s'"
                    .formatted(credential.subject(), what, only, claimed));
          }
        });
  }

  private static void requireTags(Dataplane dataplane, Credential credential) {
    credential
        .permits()
        .tags()
        .values()
        .forEach(
            (tag, allowed) -> {
              var has = dataplane.tags().values().getOrDefault(tag, new TreeSet<>());
              if (has.isEmpty() || !allowed.containsAll(has)) {
                throw new NotPermittedException(
                    "%s allows tag '%s' to be %s, but data plane '%s' has %s"
                        .formatted(credential.subject(), tag, allowed, dataplane.id(), has));
              }
            });
  }
}
