/** The server's own certificate. */
@NullMarked
package dev.meshseal.server.tls;

import org.jspecify.annotations.NullMarked;
