/** What the operator wrote: reading it, and refusing it with every reason at once. */
@NullMarked
package dev.meshseal.mesh;

import org.jspecify.annotations.NullMarked;
