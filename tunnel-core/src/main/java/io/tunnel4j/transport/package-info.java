/** Sockets, TLS contexts, event loops and time. */
@NullMarked
package io.tunnel4j.transport;

import org.jspecify.annotations.NullMarked;
