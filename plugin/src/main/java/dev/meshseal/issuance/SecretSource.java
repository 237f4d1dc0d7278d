package dev.meshseal.issuance;

import dev.meshseal.identity.Dataplane;

/** Where streams get their secrets. */
public interface SecretSource {
  /**
   * The secrets of one data plane, for one stream.
   *
   * @param wake called, from any thread and without a lock held, after anything that the stream
   *     asked for has changed; must return at once
   */
  DataplaneSecrets open(Dataplane dataplane, Runnable wake);
}
