/** Who gets which certificate, and when. */
@NullMarked
package dev.meshseal.issuance;

import org.jspecify.annotations.NullMarked;
