/** How many leaf certificates a second of CPU makes. */
@NullMarked
package dev.meshseal.benchmarks.leaf;

import org.jspecify.annotations.NullMarked;
