/** The stream multiplexer: one HTTP/2 connection in either role on either side of a TCP connection. Knows nothing of tunnels. */
@NullMarked
package io.tunnel4j.mux;

import org.jspecify.annotations.NullMarked;
