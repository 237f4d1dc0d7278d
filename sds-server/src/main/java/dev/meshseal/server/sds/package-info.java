/** Envoy's secret discovery service: one state machine a stream. */
@NullMarked
package dev.meshseal.server.sds;

import org.jspecify.annotations.NullMarked;
