package dev.meshseal.issuance;

/** What a stream is told when it asks for a secret. */
public sealed interface Answer<T> {
  /** Here it is. */
  record Ready<T>(Versioned<T> secret) implements Answer<T> {}

  /** Not yet: the stream will be woken. */
  record Pending<T>(String reason) implements Answer<T> {}

  /** Not for this data plane, as things are; the stream will be woken if that changes. */
  record Refused<T>(String reason) implements Answer<T> {}
}
