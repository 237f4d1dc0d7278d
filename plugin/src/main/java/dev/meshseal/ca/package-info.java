/** The seam between issuance and the certificate authority behind one backend of one mesh. */
@NullMarked
package dev.meshseal.ca;

import org.jspecify.annotations.NullMarked;
