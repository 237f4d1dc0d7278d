/** Who may connect: from a stream's credential to the data plane it serves. */
@NullMarked
package dev.meshseal.server.auth;

import org.jspecify.annotations.NullMarked;
