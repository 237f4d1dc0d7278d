package dev.meshseal.identity;

import dev.meshseal.mesh.Violation;

/** Breaks the order of the packages, so that a test can see that this is noticed. */
public record LooksDown(Violation below) {}
