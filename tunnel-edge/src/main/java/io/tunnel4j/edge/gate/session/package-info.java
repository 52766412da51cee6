/** What the gate remembers between requests, in bounded tables that forget by themselves. No I/O. */
@NullMarked
package io.tunnel4j.edge.gate.session;

import org.jspecify.annotations.NullMarked;
