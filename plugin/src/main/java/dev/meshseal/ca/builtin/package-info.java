/** The authority that Meshseal makes and keeps by itself. */
@NullMarked
package dev.meshseal.ca.builtin;

import org.jspecify.annotations.NullMarked;
