/** Who a data plane proxy is. */
@NullMarked
package dev.meshseal.identity;

import org.jspecify.annotations.NullMarked;
