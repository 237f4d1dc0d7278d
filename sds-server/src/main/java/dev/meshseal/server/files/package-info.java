/** Where Meshes, Secrets and state live on a machine without Kubernetes. */
@NullMarked
package dev.meshseal.server.files;

import org.jspecify.annotations.NullMarked;
