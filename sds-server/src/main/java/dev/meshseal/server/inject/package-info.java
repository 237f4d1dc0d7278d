/** The sidecar in the manifests of workloads: what is added, and where, and what stays as it is. */
@NullMarked
package dev.meshseal.server.inject;

import org.jspecify.annotations.NullMarked;
