package dev.meshseal.server.admin;

import java.time.Instant;

/**
 * Something that a backend or the server proves itself with, and that runs out.
 *
 * @param kind as in {@code server-tls}, {@code signing-key}, {@code vault-token}
 */
public record CredentialView(String kind, Instant expiresAt) {}
