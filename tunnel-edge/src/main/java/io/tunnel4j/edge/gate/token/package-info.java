/** Tokens of the edge: its keys, what it signs with them and what it accepts. No I/O. */
@NullMarked
package io.tunnel4j.edge.gate.token;

import org.jspecify.annotations.NullMarked;
