/** What the demonstration is made of: real Envoys, small applications and requests between them. */
@NullMarked
package dev.meshseal.cli.demo;

import org.jspecify.annotations.NullMarked;
