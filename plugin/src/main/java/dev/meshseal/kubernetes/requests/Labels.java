package dev.meshseal.kubernetes.requests;

import dev.meshseal.x509.Fingerprint;
import java.util.regex.Pattern;

/** What our requests are marked with, so that they are found again. */
final class Labels {
  static final String MANAGED_BY = "app.kubernetes.io/managed-by";
  static final String MESHSEAL = "meshseal";
  static final String INSTANCE = "meshseal.dev/instance";
  static final String MESH = "meshseal.dev/mesh";
  static final String BACKEND = "meshseal.dev/backend";
  static final String DATAPLANE = "meshseal.dev/dataplane";

  /** The first URI of the certificate, for those who audit requests. */
  static final String SPIFFE_ID = "meshseal.dev/spiffe-id";

  /** After this instant nobody waits for the request any more. */
  static final String DEADLINE = "meshseal.dev/deadline";

  private static final Pattern VALUE =
      Pattern.compile("[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?");

  private Labels() {}

  /** The text where a label can hold it, else a hash that is the same each time. */
  static String value(String text) {
    return VALUE.matcher(text).matches() ? text : "sha256-" + Fingerprint.of(text).substring(0, 32);
  }
}
