/** The sidecar's Envoy bootstrap. */
@NullMarked
package dev.meshseal.server.bootstrap;

import org.jspecify.annotations.NullMarked;
