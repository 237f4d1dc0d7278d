/** A Kubernetes API server, cert-manager and the CAs behind it, as real processes for tests. */
@NullMarked
package dev.meshseal.testbed.kubernetes;

import org.jspecify.annotations.NullMarked;
