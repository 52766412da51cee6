/** Local connections carried to an application at the edge: dialling, upgrade, WebSocket, back-pressure both ways. */
@NullMarked
package io.tunnel4j.access.relay;

import org.jspecify.annotations.NullMarked;
