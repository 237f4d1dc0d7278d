package dev.meshseal.kubernetes.resources;

import dev.meshseal.ca.CaException;
import dev.meshseal.kubernetes.ApiPath;
import dev.meshseal.kubernetes.JsonApi;
import dev.meshseal.x509.InvalidPemException;
import dev.meshseal.x509.IssuingCa;
import java.util.Base64;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/**
 * A builtin authority as Kuma keeps it: the certificate in one Secret and the key in another, which
 * Kuma makes one after the other. Only ever read.
 */
record KumaCa(ApiPath secrets, String mesh, String backend) {
  private static final String MESH_LABEL = "kuma.io/mesh";

  private String certName() {
    return "%s.ca-builtin-cert-%s".formatted(mesh, backend);
  }

  private String keyName() {
    return "%s.ca-builtin-key-%s".formatted(mesh, backend);
  }

  String origin() {
    return "kuma: " + certName();
  }

  /**
   * The authority, where Kuma has made one.
   *
   * @throws CaException if there is only half of it, or the halves do not belong together
   */
  Optional<IssuingCa> read(JsonApi api) {
    if (!ApiPath.isName(certName()) || !ApiPath.isName(keyName())) {
      return Optional.empty();
    }
    var cert = api.find(secrets, certName());
    var key = api.find(secrets, keyName());
    if (cert.isEmpty() && key.isEmpty()) {
      return Optional.empty();
    }
    if (cert.isEmpty() || key.isEmpty()) {
      // Kuma may be about to make the other one.
      throw CaException.unavailable(
          "mesh '%s' backend '%s' has no authority: Kuma's %s is there and %s is not; restore the missing one from a backup, or delete both to have a new authority made"
              .formatted(
                  mesh,
                  backend,
                  place(cert.isPresent() ? certName() : keyName()),
                  place(cert.isPresent() ? keyName() : certName())));
    }
    try {
      return Optional.of(
          IssuingCa.read(value(certName(), cert.get()), value(keyName(), key.get())));
    } catch (InvalidPemException e) {
      throw refused(
          "what Kuma keeps in %s and %s %s"
              .formatted(place(certName()), place(keyName()), e.getMessage()));
    }
  }

  private byte[] value(String name, JsonNode secret) {
    var type = secret.path("type").asString("");
    var owner = secret.path("metadata").path("labels").path(MESH_LABEL).asString("default");
    var value = secret.path("data").path("value").asString("");
    if (!type.equals(ClusterResources.SECRET_TYPE)) {
      throw refused("%s has type '%s'".formatted(place(name), type));
    }
    if (!owner.equals(mesh)) {
      throw refused(
          "%s belongs to mesh '%s' by its label %s".formatted(place(name), owner, MESH_LABEL));
    }
    if (value.isEmpty()) {
      throw refused("%s has no 'value'".formatted(place(name)));
    }
    return Base64.getDecoder().decode(value);
  }

  private CaException refused(String why) {
    return CaException.rejected(
        "mesh '%s' backend '%s' has no authority: %s; restore both Secrets from one backup, or delete both to have a new authority made, which no proxy trusts yet"
            .formatted(mesh, backend, why));
  }

  private String place(String name) {
    return ClusterObject.place(ClusterObject.Kind.SECRET, secrets.namespace().orElseThrow(), name);
  }
}
