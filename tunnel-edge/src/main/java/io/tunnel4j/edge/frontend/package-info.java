/** The public side: HTTP/1.1, HTTP/2 and WebSocket in, tunnel streams out. */
@NullMarked
package io.tunnel4j.edge.frontend;

import org.jspecify.annotations.NullMarked;
