package dev.meshseal.server.sds;

/** What came over the wire. */
sealed interface Message permits SecretsRequest, Message.Malformed {
  /** Bytes that are no discovery request; the sentence goes back to the client. */
  record Malformed(String sentence) implements Message {}
}
