package dev.meshseal.server.admin;

import java.time.Instant;
import java.util.Optional;

/**
 * A connection that was refused.
 *
 * @param nodeId what Envoy called itself, where it came to that; unproved
 * @param reason one word, as metrics say it
 * @param message a sentence; no part of a token
 */
public record RefusedView(
    Instant at, String peer, Optional<String> nodeId, String reason, String message) {}
