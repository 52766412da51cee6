/** Keeps connections to the edge: dials, registers, retries, drains. */
@NullMarked
package io.tunnel4j.supervisor;

import org.jspecify.annotations.NullMarked;
