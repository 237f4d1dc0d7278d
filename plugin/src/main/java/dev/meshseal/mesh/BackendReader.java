package dev.meshseal.mesh;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** One entry of {@code mtls.backends}, but for its {@code conf}. */
final class BackendReader {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?");
  private static final int LONGEST_NAME = 63;
  private static final List<String> MODES = List.of("STRICT", "PERMISSIVE");

  private final String mesh;
  private final Fields fields;

  BackendReader(String mesh, Fields fields) {
    this.mesh = mesh;
    this.fields = fields;
  }

  /** A backend; a stand-in where anything was refused. */
  Backend read() {
    var name = name();
    var type = fields.requiredText("type");
    var mode = mode();
    var dpCert = fields.object("dpCert");
    var leafLifetime = dpCert.flatMap(this::leafLifetime);
    var issueTimeout = dpCert.flatMap(cert -> Durations.timeout(cert, "requestTimeout"));
    dpCert.ifPresent(Fields::refuseUnknown);
    var rootChainTimeout = fields.object("rootChain").flatMap(this::rootChainTimeout);
    var conf = new ConfReader(mesh, fields).read(type);
    fields.refuseUnknown();
    return new Backend(
        name,
        mode,
        leafLifetime.orElse(Backend.DEFAULT_LEAF_LIFETIME),
        issueTimeout,
        rootChainTimeout.orElse(Backend.DEFAULT_ROOT_CHAIN_TIMEOUT),
        conf);
  }

  private String name() {
    var name = fields.requiredText("name");
    if (name.length() > LONGEST_NAME) {
      fields.refuse(
          "name", "must have at most %d characters, has %d".formatted(LONGEST_NAME, name.length()));
    }
    if (!name.isEmpty() && !NAME.matcher(name).matches()) {
      fields.refuse(
          "name",
          "must be of letters, digits, - . and _, and begin and end with a letter or digit, is %s"
              .formatted(Words.quote(name)));
    }
    return name;
  }

  /** As a word, or as the number that protobuf gives it. */
  private Backend.Mode mode() {
    var given = fields.node("mode");
    var word =
        switch (given.orElse(new YamlNode.Text(0, "STRICT"))) {
          case YamlNode.Text text -> text.value();
          case YamlNode.Numeral number ->
              switch (number.value()) {
                case "0" -> "STRICT";
                case "1" -> "PERMISSIVE";
                default -> "";
              };
          default -> "";
        };
    if (!MODES.contains(word)) {
      fields.refuse(
          "mode",
          "must be STRICT or PERMISSIVE, is %s"
              .formatted(given.map(YamlNode::described).orElse("")));
      return Backend.Mode.STRICT;
    }
    return Backend.Mode.valueOf(word);
  }

  private Optional<Duration> leafLifetime(Fields dpCert) {
    return dpCert
        .object("rotation")
        .flatMap(
            rotation -> {
              var lifetime = Durations.lifetime(rotation, "expiration");
              rotation.refuseUnknown();
              return lifetime;
            });
  }

  private Optional<Duration> rootChainTimeout(Fields rootChain) {
    var timeout = Durations.timeout(rootChain, "requestTimeout");
    rootChain.refuseUnknown();
    return timeout;
  }
}
