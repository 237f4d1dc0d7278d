package dev.meshseal.server.sds;

/** How a client asks and is answered (xDS protocol, "Four Variants"). */
public enum Variant {
  /** State of the world: each request has the whole list of names. */
  SOTW,
  /** Incremental: each request has what changed in the list of names. */
  DELTA,
  /** One request, one answer. */
  FETCH
}
