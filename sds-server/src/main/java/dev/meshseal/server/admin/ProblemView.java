package dev.meshseal.server.admin;

import java.time.Instant;
import java.util.Optional;

/**
 * Something that does not work.
 *
 * @param code the word that metrics use, as in {@code unavailable} or {@code rejected}
 * @param message what was said, word for word
 * @param since the first of the failures without a success between
 * @param count how often since then
 * @param nextTry when it is tried again; empty if only a change can help
 */
public record ProblemView(
    String code, String message, Instant since, int count, Optional<Instant> nextTry) {}
