package dev.meshseal.mesh;

import java.util.Base64;
import java.util.List;
import java.util.Optional;

/** Reads where a value comes from; shows no value in any message. */
final class DataSources {
  private static final List<String> KINDS = List.of("secret", "file", "inline", "inlineString");
  private static final String CHOICES = "one of secret, file, inline and inlineString";
  private static final DataSource STAND_IN = new DataSource.Secret("?");

  private DataSources() {}

  /** A data source that must be there; a stand-in where it is refused. */
  static DataSource required(Fields fields, String name) {
    if (!fields.has(name)) {
      fields.refuse(name, "is missing; give it " + CHOICES);
    }
    return optional(fields, name).orElse(STAND_IN);
  }

  static Optional<DataSource> optional(Fields fields, String name) {
    return fields.object(name).map(DataSources::read);
  }

  private static DataSource read(Fields source) {
    var given = KINDS.stream().filter(source::has).toList();
    source.refuseUnknown();
    if (given.size() != 1) {
      source
          .findings()
          .refuse(
              source.path(),
              "must have exactly %s, has %s"
                  .formatted(CHOICES, given.isEmpty() ? "none" : String.join(" and ", given)));
      return STAND_IN;
    }
    return read(source, given.getFirst());
  }

  private static DataSource read(Fields source, String kind) {
    return switch (kind) {
      case "secret" -> new DataSource.Secret(source.requiredText(kind));
      case "file" -> new DataSource.File(source.requiredText(kind));
      case "inline" -> base64(source, source.requiredSecretText(kind));
      default -> DataSource.Inline.ofString(source.requiredSecretText(kind));
    };
  }

  private static DataSource base64(Fields source, String value) {
    try {
      return DataSource.Inline.of(Base64.getDecoder().decode(strict(value)));
    } catch (IllegalArgumentException malformed) {
      // The decoder's message names a character of the value.
      source.refuse("inline", "must be base64; plain text belongs in inlineString");
      return STAND_IN;
    }
  }

  /** A base64 text over several lines is one; any other foreign character is an error. */
  static String strict(String base64) {
    var text = base64.replaceAll("\\s", "");
    Base64.getDecoder().decode(text);
    return text;
  }
}
