/** Health, readiness, metrics and inspection over HTTP. */
@NullMarked
package dev.meshseal.server.admin;

import org.jspecify.annotations.NullMarked;
