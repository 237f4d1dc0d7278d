package dev.meshseal.issuance;

/**
 * A value as Envoy is told of it.
 *
 * @param version a hash of the content: the same on every replica and after a restart
 */
public record Versioned<T>(T value, String version) {}
