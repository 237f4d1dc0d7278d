/**
 * The connection to a Kubernetes API server, and what its refusals mean. With its sub-packages the
 * only user of the Kubernetes client: {@code resources} reads what the operator declared, {@code
 * pods} says who a pod is, {@code requests} talks to cert-manager.
 */
@NullMarked
package dev.meshseal.kubernetes;

import org.jspecify.annotations.NullMarked;
