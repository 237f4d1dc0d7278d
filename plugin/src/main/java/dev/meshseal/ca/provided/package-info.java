/** The authority whose certificate and key the operator brings. */
@NullMarked
package dev.meshseal.ca.provided;

import org.jspecify.annotations.NullMarked;
