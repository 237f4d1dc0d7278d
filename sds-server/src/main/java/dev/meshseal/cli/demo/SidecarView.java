package dev.meshseal.cli.demo;

import java.time.Instant;

/**
 * One sidecar at one moment, by its own Envoy's words.
 *
 * @param certificate the newest it holds
 * @param since when it was first seen
 * @param rotations how many came after the first
 * @param rejected secrets that Envoy refused
 */
public record SidecarView(
    String name, EnvoyCertificate certificate, Instant since, int rotations, long rejected) {}
