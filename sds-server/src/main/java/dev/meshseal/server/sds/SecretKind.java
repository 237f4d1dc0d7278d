package dev.meshseal.server.sds;

/** What a name stands for. Trust is sent before identity, hence the order. */
public enum SecretKind {
  /** Roots to verify others by. */
  TRUST,
  /** The proxy's own certificate and key. */
  IDENTITY,
  /** A name that we do not know. */
  UNKNOWN
}
