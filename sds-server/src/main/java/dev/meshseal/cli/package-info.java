/** The command line, one command a file. */
@NullMarked
package dev.meshseal.cli;

import org.jspecify.annotations.NullMarked;
