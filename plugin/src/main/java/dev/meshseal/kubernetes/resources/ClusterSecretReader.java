package dev.meshseal.kubernetes.resources;

import dev.meshseal.ca.CaException;
import dev.meshseal.ca.SecretReader;
import dev.meshseal.kubernetes.ApiException;
import dev.meshseal.kubernetes.ApiPath;
import dev.meshseal.kubernetes.Cluster;
import dev.meshseal.kubernetes.JsonApi;
import dev.meshseal.mesh.DataSource;
import dev.meshseal.mesh.Resources;
import dev.meshseal.mesh.Violation;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/**
 * Reads data sources where Secrets are objects of an API server. What was read from there is at
 * hand; only for one that is missing is the API server asked, to say why. Blocks for that long.
 */
public final class ClusterSecretReader implements SecretReader {
  private static final String MESH_LABEL = "kuma.io/mesh";

  private final JsonApi api;
  private final ApiPath secrets;
  private final Supplier<Resources> resources;
  private final SecretReader files;

  /**
   * @param files reads what is no Secret
   */
  public ClusterSecretReader(Cluster cluster, Supplier<Resources> resources, SecretReader files) {
    this.api = new JsonApi(cluster);
    this.secrets = ClusterResources.secrets(cluster);
    this.resources = resources;
    this.files = files;
  }

  @Override
  public byte[] read(String mesh, DataSource source) {
    return switch (source) {
      case DataSource.Secret secret ->
          resources
              .get()
              .secret(mesh, secret.name())
              .orElseThrow(
                  () ->
                      CaException.unavailable(
                          "mesh '%s' refers to %s, %s"
                              .formatted(mesh, source, why(mesh, secret.name()))))
              .data();
      case DataSource.File file -> files.read(mesh, file);
      case DataSource.Inline inline -> files.read(mesh, inline);
    };
  }

  private String why(String mesh, String name) {
    if (!ApiPath.isName(name)) {
      return "but no Secret can have that name";
    }
    try {
      return api.find(secrets, name)
          .map(secret -> why(mesh, name, secret))
          .orElseGet(
              () ->
                  "but there is no %s; create it with type %s, label %s: %s and the one key 'value'"
                      .formatted(place(name), ClusterResources.SECRET_TYPE, MESH_LABEL, mesh));
    } catch (ApiException failure) {
      return "which has not been read: " + failure.getMessage();
    }
  }

  private String why(String mesh, String name, JsonNode secret) {
    var type = secret.path("type").asString("");
    if (!type.equals(ClusterResources.SECRET_TYPE)) {
      return "but %s has type '%s', and the Secrets of a mesh have type %s; a type cannot be changed, so delete it and create it anew"
          .formatted(place(name), type, ClusterResources.SECRET_TYPE);
    }
    var label = secret.path("metadata").path("labels").path(MESH_LABEL);
    if (!label.asString("default").equals(mesh)) {
      return "but %s belongs to mesh '%s', as its label %s %s; label it %s: %s, or use another"
          .formatted(
              place(name),
              label.asString("default"),
              MESH_LABEL,
              label.isMissingNode() ? "is missing" : "says",
              MESH_LABEL,
              mesh);
    }
    return refusal(name)
        .map(refused -> "but %s is refused: %s".formatted(place(name), refused))
        .orElseGet(() -> "and %s is there, but has not been read yet".formatted(place(name)));
  }

  private Optional<String> refusal(String name) {
    return resources.get().refusals().stream()
        .filter(refusal -> refusal.document().at().file().equals(place(name)))
        .map(
            refusal ->
                refusal.document().violations().stream()
                    .map(Violation::toString)
                    .collect(Collectors.joining("; ")))
        .findFirst();
  }

  private String place(String name) {
    return ClusterObject.place(ClusterObject.Kind.SECRET, secrets.namespace().orElseThrow(), name);
  }
}
