package dev.meshseal.mesh;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/** A Secret document of either form; its data is in no message. */
record SecretReading(String mesh, String name, String base64) {
  private static final Pattern NAME = Pattern.compile("[a-z0-9]([a-z0-9._-]*[a-z0-9])?");
  private static final String MESH_LABEL = "kuma.io/mesh";
  private static final String DEFAULT_MESH = "default";

  static SecretReading universal(Fields root) {
    var mesh = root.text("mesh").orElse(DEFAULT_MESH);
    MeshReader.requireName(root.findings(), root.path("mesh"), mesh);
    return new SecretReading(mesh, name(root), base64(root, "data"));
  }

  static SecretReading kubernetes(Fields root) {
    var metadata = root.objectOrEmpty("metadata");
    var labels = metadata.flatMap(meta -> meta.object("labels"));
    var mesh =
        labels
            .flatMap(fields -> Optional.ofNullable(fields.asTexts(MESH_LABEL).get(MESH_LABEL)))
            .orElse(DEFAULT_MESH);
    labels.ifPresent(
        fields -> MeshReader.requireName(root.findings(), fields.path(MESH_LABEL), mesh));
    return new SecretReading(
        mesh, metadata.map(SecretReading::name).orElse(""), kubernetesData(root));
  }

  Supplier<Secret> secret() {
    return () -> new Secret(mesh, name, base64);
  }

  private static String name(Fields fields) {
    var name = fields.requiredText("name");
    if (!name.isEmpty() && (name.length() > 253 || !NAME.matcher(name).matches())) {
      fields.refuse(
          "name",
          "must be 1 to 253 of a-z 0-9 - . _ and begin and end with a letter or digit, is %s"
              .formatted(Words.quote(name)));
    }
    return name;
  }

  /** The API server lets stringData win over data. */
  private static String kubernetesData(Fields root) {
    var plain = root.object("stringData");
    if (plain.filter(fields -> fields.has("value")).isPresent()) {
      var text = plain.orElseThrow().requiredSecretText("value");
      return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }
    var data = root.object("data");
    if (data.filter(fields -> fields.has("value")).isEmpty()) {
      root.findings()
          .refuse(
              root.path("data") + ".value",
              "is missing; a mesh's Secret has the one key 'value', this has %s"
                  .formatted(data.or(() -> plain).map(Fields::shownNames).orElse("none")));
      return "";
    }
    return base64(data.orElseThrow(), "value");
  }

  private static String base64(Fields fields, String name) {
    try {
      return DataSources.strict(fields.requiredSecretText(name));
    } catch (IllegalArgumentException malformed) {
      // The decoder's message names a character of the secret.
      fields.refuse(name, "must be base64; encode it, as with base64 -w0");
      return "";
    }
  }
}
