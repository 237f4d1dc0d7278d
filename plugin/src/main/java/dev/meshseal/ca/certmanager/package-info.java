/** Certificates from a cert-manager issuer. */
@NullMarked
package dev.meshseal.ca.certmanager;

import org.jspecify.annotations.NullMarked;
