package dev.meshseal.kubernetes.requests;

import dev.meshseal.identity.DataplaneId;
import java.security.SecureRandom;
import java.util.Locale;

/**
 * Names for requests: readable, and each its own. They are made here and not by the API server, so
 * that a request whose creation went unanswered can be found, and deleted.
 */
final class RequestNames {
  private static final int LONGEST_PREFIX = 50;
  private static final int RANDOM = 12;
  private static final String ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789";

  private final SecureRandom random = new SecureRandom();

  String next(DataplaneId dataplane) {
    var prefix =
        (dataplane.mesh() + "-" + dataplane.name())
            .toLowerCase(Locale.ROOT)
            .replaceAll("[^a-z0-9]+", "-")
            .replaceAll("^-+", "");
    var cut = prefix.length() <= LONGEST_PREFIX ? prefix : prefix.substring(0, LONGEST_PREFIX);
    var name = new StringBuilder(cut.isEmpty() ? "r" : cut).append('-');
    for (int i = 0; i < RANDOM; i++) {
      name.append(ALPHABET.charAt(random.nextInt(ALPHABET.length())));
    }
    return name.toString();
  }
}
