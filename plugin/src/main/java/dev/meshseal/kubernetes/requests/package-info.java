/** CertificateRequests on a Kubernetes API server: created, watched, paced, deleted, swept. */
@NullMarked
package dev.meshseal.kubernetes.requests;

import org.jspecify.annotations.NullMarked;
