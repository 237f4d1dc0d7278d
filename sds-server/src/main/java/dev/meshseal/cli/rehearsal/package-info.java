/** The run from which the server's archive for a fast start is made: sidecars that are played. */
@NullMarked
package dev.meshseal.cli.rehearsal;

import org.jspecify.annotations.NullMarked;
