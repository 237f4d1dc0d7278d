/** The process: everything is constructed here, by hand. */
@NullMarked
package dev.meshseal.server;

import org.jspecify.annotations.NullMarked;
