package dev.meshseal.kubernetes;

import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.json.JsonMapper;

/**
 * JSON as an API server may send it. What somebody wrote into an object, the API server repeats as
 * names of fields ({@code metadata.managedFields}), so they are as long as a value may be, and one
 * object that could not be read would hide all others of its kind.
 */
final class ApiJson {
  /** The API server takes no object that is larger, nor one that is nested deeper. */
  private static final int LARGEST = 8 << 20;

  private static final int DEEPEST = 10_000;

  static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNameLength(LARGEST)
                          .maxStringLength(LARGEST)
                          .maxNestingDepth(DEEPEST)
                          .build())
                  .build())
          .build();

  private ApiJson() {}
}
