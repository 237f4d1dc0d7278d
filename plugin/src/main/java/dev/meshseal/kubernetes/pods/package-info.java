/**
 * Who a pod is: what the API server says of its token, and what its labels, its namespace and the
 * Services that select it make of it.
 */
@NullMarked
package dev.meshseal.kubernetes.pods;

import org.jspecify.annotations.NullMarked;
