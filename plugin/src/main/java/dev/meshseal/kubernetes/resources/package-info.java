/**
 * What the operator declares at a Kubernetes API server: Meshes and their Secrets; the authorities
 * that Meshseal keeps there; and what it says back in a Mesh's status and in Events.
 */
@NullMarked
package dev.meshseal.kubernetes.resources;

import org.jspecify.annotations.NullMarked;
