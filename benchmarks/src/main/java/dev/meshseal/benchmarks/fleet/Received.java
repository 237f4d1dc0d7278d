package dev.meshseal.benchmarks.fleet;

import java.util.List;

/** What a sidecar needs to know of one response. */
record Received(String version, String nonce, List<Content> secrets) {
  /**
   * @param hash of the secret's bytes, to tell a new secret from the old one and one sidecar's from
   *     another's
   */
  record Content(String name, long hash) {}
}
