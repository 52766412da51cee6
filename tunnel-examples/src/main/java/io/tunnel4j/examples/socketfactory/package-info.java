/** Reach a protected database without a local port. */
@NullMarked
package io.tunnel4j.examples.socketfactory;

import org.jspecify.annotations.NullMarked;
