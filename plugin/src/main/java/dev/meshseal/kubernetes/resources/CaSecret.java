package dev.meshseal.kubernetes.resources;

import dev.meshseal.ca.CaException;
import dev.meshseal.kubernetes.ApiPath;
import dev.meshseal.kubernetes.JsonApi;
import dev.meshseal.x509.Fingerprint;
import dev.meshseal.x509.InvalidPemException;
import dev.meshseal.x509.IssuingCa;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * One builtin authority in one Secret: the certificates and the key come into being together, and
 * as the Secret is immutable, no key can ever come to lie beside another's certificate.
 */
record CaSecret(String namespace, String mesh, String backend) {
  /** Its own, so that no Mesh can refer to it, nor anything else take it for its own. */
  private static final String TYPE = "meshseal.dev/ca";

  private static final String MESH = "meshseal.dev/mesh";
  private static final String BACKEND = "meshseal.dev/backend";
  private static final String ORIGIN = "meshseal.dev/origin";
  private static final String CERT = "tls.crt";
  private static final String KEY = "tls.key";

  /** A backend's name may have characters that an object's may not. */
  String name() {
    var plain = "meshseal-ca.%s.%s".formatted(mesh, backend);
    return ApiPath.isName(plain)
            && !plain.contains("..")
            && !plain.contains(".-")
            && !plain.contains("-.")
        ? plain
        : "meshseal-ca-" + Fingerprint.of(mesh + "/" + backend).substring(0, 40);
  }

  private String place() {
    return ClusterObject.place(ClusterObject.Kind.SECRET, namespace, name());
  }

  /**
   * @param origin where the authority comes from, for whoever looks at the Secret
   */
  ObjectNode encode(IssuingCa ca, String origin) {
    var secret = JsonApi.json().objectNode();
    secret.put("apiVersion", "v1").put("kind", "Secret").put("type", TYPE).put("immutable", true);
    var metadata = secret.putObject("metadata").put("name", name());
    metadata.putObject("labels").put("app.kubernetes.io/managed-by", "meshseal");
    metadata.putObject("annotations").put(MESH, mesh).put(BACKEND, backend).put(ORIGIN, origin);
    secret
        .putObject("data")
        .put(CERT, encoded(ca.certificatePem()))
        .put(KEY, encoded(ca.privateKeyPem()));
    return secret;
  }

  /**
   * @throws CaException if it is not ours, another's, or damaged
   */
  IssuingCa decode(JsonNode secret) {
    var type = secret.path("type").asString("");
    if (!type.equals(TYPE)) {
      throw refused("has type '%s' and not %s".formatted(type, TYPE));
    }
    var annotations = secret.path("metadata").path("annotations");
    requireOwner(MESH, mesh, annotations.path(MESH).asString(""));
    requireOwner(BACKEND, backend, annotations.path(BACKEND).asString(""));
    try {
      return IssuingCa.read(data(secret, CERT), data(secret, KEY));
    } catch (InvalidPemException e) {
      throw refused("is damaged: it " + e.getMessage());
    }
  }

  private void requireOwner(String annotation, String expected, String found) {
    if (!found.equals(expected)) {
      throw refused(
          "has annotation %s: %s where '%s' belongs".formatted(annotation, found, expected));
    }
  }

  private byte[] data(JsonNode secret, String key) {
    var value = secret.path("data").path(key).asString("");
    if (value.isEmpty()) {
      throw refused("is damaged: it has no '%s'".formatted(key));
    }
    // The API server lets nothing else in.
    return Base64.getDecoder().decode(value);
  }

  private CaException refused(String why) {
    return CaException.rejected(
        "mesh '%s' backend '%s' has no authority: %s %s; restore it from a backup, or delete it to have a new authority made, which no proxy trusts yet"
            .formatted(mesh, backend, place(), why));
  }

  private static String encoded(String pem) {
    return Base64.getEncoder().encodeToString(pem.getBytes(StandardCharsets.ISO_8859_1));
  }
}
