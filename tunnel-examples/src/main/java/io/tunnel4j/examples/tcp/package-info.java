/** Publish a TCP service. */
@NullMarked
package io.tunnel4j.examples.tcp;

import org.jspecify.annotations.NullMarked;
