package dev.meshseal.cli.demo;

import java.time.Instant;
import java.util.List;

/**
 * A leaf that an Envoy holds, as its own {@code /certs} tells it.
 *
 * @param serial in hexadecimal
 * @param uris its subject alternative names of type URI
 */
public record EnvoyCertificate(
    String serial, List<String> uris, Instant validFrom, Instant expires) {
  public EnvoyCertificate {
    uris = List.copyOf(uris);
  }
}
