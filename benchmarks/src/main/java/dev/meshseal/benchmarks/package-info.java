/** The run that measures Meshseal beside its peers and writes down what it found. */
@NullMarked
package dev.meshseal.benchmarks;

import org.jspecify.annotations.NullMarked;
