/** Streams served by origins: HTTP, WebSocket and TCP relays, handlers in this process. */
@NullMarked
package io.tunnel4j.origin;

import org.jspecify.annotations.NullMarked;
