package dev.meshseal.server.admin;

/**
 * What is wrong, and what to do about it.
 *
 * @param code as in {@link Fault}
 */
public record Finding(String code, String sentence, String remedy, String doc) {}
