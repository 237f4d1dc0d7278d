/** Stand-ins for tests of this and the other modules; in the test-jar. */
@NullMarked
package dev.meshseal.testing;

import org.jspecify.annotations.NullMarked;
