/**
 * Ten thousand sidecars in one process: a client of the secret discovery service that costs little
 * enough to leave the server its cores.
 */
@NullMarked
package dev.meshseal.benchmarks.fleet;

import org.jspecify.annotations.NullMarked;
