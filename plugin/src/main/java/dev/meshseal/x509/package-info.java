/** Certificates and keys as values; the one place that signs and the one that checks. */
@NullMarked
package dev.meshseal.x509;

import org.jspecify.annotations.NullMarked;
