/** Reach a protected database through a local port. */
@NullMarked
package io.tunnel4j.examples.forwarder;

import org.jspecify.annotations.NullMarked;
