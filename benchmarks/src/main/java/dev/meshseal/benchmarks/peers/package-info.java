/** The servers that Meshseal is measured against, as their users would write them. */
@NullMarked
package dev.meshseal.benchmarks.peers;

import org.jspecify.annotations.NullMarked;
