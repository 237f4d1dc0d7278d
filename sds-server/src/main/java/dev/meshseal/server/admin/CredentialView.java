package dev.meshseal.server.admin;

import java.time.Instant;
import java.util.Optional;

/**
 * Something that a backend or the server proves itself with, and that runs out.
 *
 * @param kind as in {@code server-tls}, {@code signing-key}, {@code vault-token}
 * @param problem why the newest one is not in use, if it is not
 */
public record CredentialView(String kind, Instant expiresAt, Optional<String> problem) {}
