/** Requests that the edge answers itself, and its answers: what frontend, gate and management interface hand each other. */
@NullMarked
package io.tunnel4j.edge.exchange;

import org.jspecify.annotations.NullMarked;
