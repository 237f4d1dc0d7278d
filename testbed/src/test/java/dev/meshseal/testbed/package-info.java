/** The real components that the integration tests run against. */
@NullMarked
package dev.meshseal.testbed;

import org.jspecify.annotations.NullMarked;
